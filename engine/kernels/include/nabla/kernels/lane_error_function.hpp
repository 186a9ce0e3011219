// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>

#include <nabla/kernels/lane_exponential.hpp>

// The error function, its complement and its inverse, and the normal distribution on Lanes:
// arithmetic without branches.

namespace nabla::kernels {
namespace detail {

// (erf x / x - 1) by powers of z = x^2, for |x| <= 1: 2/sqrt(pi) - 1, -2/(3 sqrt(pi)), ... For a float
// least squares at 80 Chebyshev nodes, reweighted until the greatest error is least, 2e-9 of erf x.
template <class T>
inline constexpr auto kErfPolynomial =
    std::array{0.128379165727,   -0.376126258235,    0.112835851398,  -0.026853811565,
               0.00518832698239, -0.000801018744765, 7.85384096174e-5};
template <>
inline constexpr auto kErfPolynomial<double> = [] {
  std::array<double, 20> c{};
  long double factorial = 1;
  for (std::size_t k = 0; k < c.size(); ++k) {
    if (k > 0) factorial *= -static_cast<long double>(k);
    c[k] = static_cast<double>(2 * std::numbers::inv_sqrtpi_v<long double> /
                                   (factorial * static_cast<long double>(2 * k + 1)) -
                               (k == 0 ? 1 : 0));
  }
  return c;
}();

// -ln(erfc x) by powers of x - 1, up to erf_end: least squares at 200 Chebyshev nodes, weighted by
// erfc x, in 50 digits. The error of erf x is below 2e-9 and 4e-17.
template <class T>
inline constexpr auto kErfcLogarithm =
    std::array{1.8496055160142289239,     2.6389668572582581543,     0.84311779747649799321,
               0.041503053475805081872,   -0.0098952530116982775582, 0.001829635691953047497,
               -0.00018655170959908640508};
template <>
inline constexpr auto kErfcLogarithm<double> =
    std::array{1.8496055099332484623,      2.6389675142347180188,      0.84310725636253765386,
               0.041561097960080687469,    -0.010033824487107111201,   0.0019778968635633093745,
               -0.00023729884094834198622, -0.00002634456914052258787, 0.00002729192730735777356,
               -9.8001413011906344567e-6,  2.2618741717055574614e-6,   -3.0077806962287598534e-7,
               -6.3335876128197583167e-9,  1.3387189060560061993e-8,   -3.1117952514987916367e-9,
               3.5266305440011131878e-10,  -1.6896359034429280823e-11};

// erfc x e^(x^2) / t by powers of t - m, with t = 1 / (1 + x / 2), up to erfc_end: interpolated at
// Chebyshev nodes in 60 digits. Its error is below 6e-9 and 2e-17 of the result.
template <class T>
inline constexpr T kErfcMiddle = 0.5625F;
template <>
inline constexpr double kErfcMiddle<double> = 0.53125;
template <class T>
inline constexpr auto kErfcFactor =
    std::array{0.55595514174699592408,  0.75856151327772283332,  0.58201269110127738309,
               0.099210781851216507912, -0.19829742800182615082, -0.063535493002485921953,
               0.11267584215131221463,  0.014576955197608777407, -0.075064163071598680379,
               0.010539862929060942393, 0.032602086372256929931};
template <>
inline constexpr auto kErfcFactor<double> =
    std::array{0.53281524934505210386,   0.72250027056960464979,  0.57157151909303227111,
               0.12330790156204488246,   -0.18678298118663555722, -0.084169902777007651166,
               0.10829271460846451,      0.032318186308145392421, -0.084292114912868330381,
               0.012183927928210094528,  0.059647214039743045679, -0.046772864393921345023,
               -0.019141081690065350619, 0.056975356845921468111, -0.029753776817357425731,
               -0.028420372076174337068, 0.05718813410752569561,  -0.029200256508044973156,
               -0.031063284275071060504, 0.069687169792973381847, -0.038642396714164218074,
               -0.047087249238854949912, 0.082508233326127409417, -0.012910147680454052468,
               -0.049662791780297558026, 0.028203526290005520433};

// 2 P(-x) e^(x^2 / 2), with P as below, is the quotient of these for 0 <= x <= kNormalEnd: least squares at
// 120 Chebyshev nodes, reweighted until the greatest error is least, 7e-9 of it.
inline constexpr float kNormalUsual = 13;   // up to here P(-x) is normal
inline constexpr float kNormalEnd = 14.5F;  // P(-x) is 0 from here on
inline constexpr std::array kNormalTop{0.876585355652, 0.366465131834, 0.0812642042892,
                                       0.00823215141388};  // without the first, which is 1
inline constexpr std::array kNormalBottom{
    1.0, 1.67447033827, 1.20249437307, 0.469463637523, 0.101856020303, 0.0103173520816};
// (e^(-r / 2) - 1) / r
inline constexpr std::array kNormalExp = [] {
  std::array<double, 6> c{-0.5};
  double power = 0.25;
  for (std::size_t k = 1; k < c.size(); ++k, power *= -0.5)
    c[k] = kExpPolynomial<float>[k - 1] * power;
  return c;
}();

// erfinv(x) / x: by powers of w - kErfinvMiddle for w = -ln(1 - x^2) up to kErfinvEnd; beyond, by
// powers of sqrt(w) less a middle, up to the greatest x < 1, in two parts for a double.
// Interpolated at Chebyshev nodes in 50 digits (mpmath). The errors are below 7e-9 and 3e-17 of it.
template <class T>
inline constexpr T kErfinvEnd = 5;
template <>
inline constexpr double kErfinvEnd<double> = 6.25;
template <class T>
inline constexpr T kErfinvMiddle = 0;
template <>
inline constexpr double kErfinvMiddle<double> = 1;
template <class T>
inline constexpr auto kErfinvNear =
    std::array{0.886226929443,     0.232013473107,    0.0115509007326,  -0.00234002707578,
               -0.000120025701366, 3.89816373684e-5,  6.53143079921e-6, -2.69653346576e-6,
               3.44010148764e-7,   -2.04188419754e-8, 4.67193250904e-10};
template <>
inline constexpr auto kErfinvNear<double> =
    std::array{1.1273743936892277304,      0.24783287028621070754,     0.0042507092448238204837,
               -0.0023763699555746640761,  0.00010012177623755456209,  0.000038201872461411755806,
               -4.275585724731801116e-6,   -5.652251589665382729e-7,   1.2231712580473563654e-7,
               6.0400552768913996369e-9,   -3.0241036739503217468e-9,  1.6600363670127024032e-11,
               6.7528559073582356576e-11,  -3.6950248714922896168e-12, -1.3589751042689947026e-12,
               1.377953713576130565e-13,   3.2390494479185586312e-14,  -6.9316668891282135584e-15,
               -1.9713908191431183111e-16, 2.3643713540939777337e-16,  -3.9466978249045095693e-17,
               3.404447859512141538e-18,   -1.5950291422202540785e-19, 3.2407044593799019112e-21};
inline constexpr std::array kErfinvFar{2.9482836536,     1.00357612307,      0.00721049140444,
                                       -0.005454988593,  0.00390891183056,   -0.00259958087254,
                                       0.00133438771471, -0.000310086163293, -0.000186406568133,
                                       0.00012999828761};  // of sqrt(w) - 3.115
inline constexpr std::array kErfinvFarther{
    3.0838856104922206294,      1.0052589676941652962,       0.0053709145535716796344,
    -0.0037512085082155610952,  0.0024914420969817609034,    -0.001688275535733707206,
    0.00095328936374356371754,  -0.00035503780975963811131,  0.000024031257015092523571,
    0.000068287086547533766803, -0.000047318984120112454885, 0.000012465167157087251774,
    2.9257291901789824671e-6,   -3.9860843952147559524e-6,   1.4987130784186126344e-6,
    -2.7004219280868946486e-8,  -2.7134511054394561371e-7,   1.3104351499972014101e-7,
    6.9692419776296940396e-10,  -1.5102695423335064107e-8};  // of sqrt(w) - 3.25, to sqrt(w) = 4
inline constexpr std::array kErfinvFarthest{
    4.854957900238092775,       1.0102990615820387608,      -0.00014193339544492394131,
    -0.00021351512341427220046, 0.000075504926743342022629, -0.000019546508879034413937,
    4.4914563498173915287e-6,   -9.8392757558964834971e-7,  2.2604397287683471026e-7,
    -6.6126166472566060197e-8,  2.8195754934540054755e-8,   -1.4792413134467266494e-8,
    7.5930296386609930574e-9,   -3.380215070241181313e-9,   1.2891245459456391608e-9,
    -4.3206002172568382255e-10, 7.0031196139494760046e-11,  4.111102539572104049e-11,
    -1.9689317019622418715e-11};  // of sqrt(w) - 5.005

/// erf x for |x| <= 1.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> erf_near(Lane<T> x) {
  return multiply_add(x, polynomial_apart<kErfPolynomial<T>>(x * x), x);
}

}  // namespace detail

template <class T>
[[gnu::always_inline]] constexpr Lane<T> erf(Lane<T> x) {
  const Lane<T> size = detail::at_most(abs(x), T{detail::Layout<T>::erf_end});
  const Lane<T> near = detail::erf_near(size);
  const Lane<T> far =
      1 - detail::usual_exp(-detail::polynomial_apart<detail::kErfcLogarithm<T>>(size - 1));
  return copysign(choose(size < 1, near, far), x);
}

template <class T>
[[gnu::always_inline]] constexpr Lane<T> erfc(Lane<T> x) {
  using L = detail::Layout<T>;
  const Lane<T> size = detail::at_most(abs(x), T{L::erfc_end});
  const Lane<T> t = 1 / (1 + 0.5 * size);
  const Lane<T> factor =
      t * detail::polynomial<detail::kErfcFactor<T>>(t - Lane<T>(detail::kErfcMiddle<T>));
  // The square in two parts, because e^(x^2) magnifies what is rounded away.
  const Lane<T> head = detail::head(size);
  detail::ExpArgument<T> a(detail::at_least(-(head * head), T{L::exp_least}));
  a.r -= (size - head) * (size + head);
  const Lane<T> y = a.times_power(factor * (1 + a.expm1()));
  return choose(size < Lane<T>(0.75), 1 - detail::erf_near(x), choose(x < 0, 2 - y, y));
}

// P(x), the probability that a standard normal number is below x: 2 P(-x) = erfc(x / sqrt(2)).
// Accuracy  float: 4 + 2 x^2 units in the last place of P(-x)

/// Whether what follows takes x, or size, from a UsualLane. NaN is not usual.
template <class T>
[[nodiscard, gnu::always_inline]] constexpr bool is_usual_normal(Lane<T> x) {
  return abs(x) < Lane<T>(detail::kNormalUsual);
}

namespace detail {

/// P(-size) factor 2^more. Requires  0 <= size <= kNormalEnd; P(-size) 2^more in the normal range
[[gnu::always_inline]] constexpr Lane<float> normal_tail_of(Lane<float> size, Lane<float> factor,
                                                            Layout<float>::Unsigned more) {
  constexpr Lane<float> kShift = kExponentShift<float>;
  // e^(-z / 2) = 2^n e^(-r / 2), r = z + 2 n ln 2
  const Lane<float> z = size * size;
  const Lane<float> sum = multiply_add(z, Lane<float>(-0.5 * std::numbers::log2e), kShift);
  const Lane<float> r = multiply_add(sum - kShift, Lane<float>(2 * std::numbers::ln2), z);
  const Lane<float> power = factor * power_in(sum, more);
  const Lane<float> exp = multiply_add(r * power, polynomial_apart<kNormalExp>(r), power);
  return multiply_add(exp * size, polynomial<kNormalTop>(size), exp) /
         polynomial<kNormalBottom>(size);
}

}  // namespace detail

/// P(-size) factor. Requires  size >= 0
[[gnu::always_inline]] constexpr Lane<float> normal_tail(UsualLane<float> size,
                                                         Lane<float> factor) {
  return detail::normal_tail_of(size, factor, 0);
}
[[gnu::always_inline]] constexpr Lane<float> normal_tail(Lane<float> size, Lane<float> factor) {
  // Far, P(-size) may be below the normal range where the product is not.
  constexpr unsigned kFar = 32;
  const bool is_far = size >= detail::kNormalUsual;
  const Lane<float> multiple =
      detail::normal_tail_of(detail::at_most(size, detail::kNormalEnd),
                             choose(size > detail::kNormalEnd, Lane<float>(0), factor),
                             static_cast<unsigned>(is_far) * kFar);
  return multiple * choose(is_far, detail::power_of_two<float>(-int{kFar}), Lane<float>(1));
}
[[gnu::always_inline]] constexpr Lane<double> normal_tail(Lane<double> size, Lane<double> factor) {
  const Lane<double> p = 0.5 * erfc(size * (std::numbers::sqrt2 / 2));
  return choose(p == 0, p, factor * p);
}

/// P(x)
template <class T>
[[gnu::always_inline]] constexpr Lane<T> normal_distribution(UsualLane<T> x) {
  const Lane<T> tail = normal_tail(UsualLane<T>(abs(x)), Lane<T>(1));
  return choose(x < 0, tail, 1 - tail);
}
template <class T>
[[gnu::always_inline]] constexpr Lane<T> normal_distribution(Lane<T> x) {
  const Lane<T> tail = normal_tail(abs(x), Lane<T>(1));
  return choose(x < 0, tail, 1 - tail);
}

namespace detail {

[[gnu::always_inline]] constexpr Lane<float> erfinv_far(Lane<float> root) {
  return polynomial<kErfinvFar>(root - 3.115);
}
[[gnu::always_inline]] constexpr Lane<double> erfinv_far(Lane<double> root) {
  return choose(root < 4, polynomial<kErfinvFarther>(root - 3.25),
                polynomial<kErfinvFarthest>(root - 5.005));
}

}  // namespace detail

/// The number whose erf is x.
template <class T>
[[gnu::always_inline]] inline Lane<T> erfinv(Lane<T> x) {
  constexpr T kEnd = detail::kErfinvEnd<T>;
  const Lane<T> w = -log((1 - x) * (1 + x));
  const Lane<T> near =
      detail::polynomial<detail::kErfinvNear<T>>(w - Lane<T>(detail::kErfinvMiddle<T>));
  const Lane<T> y = x * choose(w < kEnd, near, detail::erfinv_far(sqrt(w)));
  return choose(abs(x) == 1, x * Lane<T>(std::numeric_limits<T>::infinity()), y);
}

}  // namespace nabla::kernels
