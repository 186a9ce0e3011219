// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>

#include <nabla/kernels/lane_arithmetic.hpp>

// sin, cos, tan and their inverses on Lanes: arithmetic without branches, right for any argument.
// sin, cos, tan of a float are computed in double. They read tables, to which a loop goes number by
// number; with arguments that are not great it can do without: UsualLane.
//
// Structs of Lanes are filled by .number(): GCC would not make vector code of copies between
// structs.
//
// Source    the argument of sin, cos, tan: Payne & Hanek 1983, "Radian reduction for trigonometric
//           functions", Cody & Waite 1980. What remains are series (DLMF 4.19.1, 4.19.2), whose
//           coefficients are computed by the compiler, and polynomials of our own.

namespace nabla::kernels {
namespace detail {

// 2/pi: the first 1,280 binary digits (mpmath).
inline constexpr std::array<std::uint32_t, 40> kTwoOverPi{
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
    0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484,
    0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f,
    0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b,
    0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab, 0xf0cfbc20, 0x9af4361d};

/// What the digits from 2^-first on, `count` of them, are worth, times 2^scale.
constexpr double digits_of_two_over_pi(int first, int count, int scale) {
  std::uint64_t digits = 0;
  for (int i = first; i < first + count; ++i) {
    const auto at = static_cast<unsigned>(i - 1);
    digits = 2 * digits + (i < 1 ? 0 : kTwoOverPi[at / 32] >> (31 - at % 32) & 1);
  }
  return static_cast<double>(digits) * power_of_two<double>(scale - (first + count - 1)).number();
}

/// Where sin, cos, tan can do without a table.
template <class T>
inline constexpr T kUsualEnd = 0x1p26F;
template <>
inline constexpr double kUsualEnd<double> = 0x1p20;

inline constexpr double kToEven = 0x1.8p53;

// x = (n + f) pi/2 but for whole turns, n the nearest of Offset, Offset + Step, ...: x times 2/pi,
// of which the digits that make whole turns are left out. Those that are needed, by the exponent of
// x: 29, whose product is exact, and the 53 that follow.
template <int Step, int Offset>
struct Quarters {
  Lane<double> f;
  std::int64_t count;  ///< the last bit is that of (n - Offset) / Step

  static constexpr int kFirst = 152;  // the exponent of what is below 2^26, as it is laid out
  template <int First, int Count>
  static constexpr auto kDigits = [] {
    std::array<double, 256 - kFirst> digits{};
    for (int k = 0; k < 256 - kFirst; ++k)
      digits[static_cast<std::size_t>(k)] = digits_of_two_over_pi(k + First, Count, 0);
    return digits;
  }();

  [[gnu::always_inline]] constexpr Quarters(Lane<float> x, bool is_usual) {
    const auto size = static_cast<std::uint32_t>(to_bits(at_least(abs(x), kUsualEnd<float> / 2)));
    const std::size_t row = is_usual ? 0 : (size >> 23) - kFirst;
    const Lane<double> m = x.number();
    const Lane<double> high = m * kDigits<1, 29>[row] - Offset;
    const Lane<double> low = m * kDigits<30, 53>[row];
    const Lane<double> shifted = high + low + (Step == 1 ? kToInteger<double> : kToEven);
    count = to_bits(shifted);
    f = high - (shifted - (Step == 1 ? kToInteger<double> : kToEven)) + low;
  }
};

// (pi/2)^k / k!, with the signs of the series of sin or cos, for k = Start, Start + 2, ...
template <int Start, std::size_t Terms>
inline constexpr auto kQuarterSeries = [] {
  constexpr long double kQuarter = std::numbers::pi_v<long double> / 2;
  std::array<double, Terms> c{};
  long double term = Start == 1 ? kQuarter : 1;
  for (std::size_t i = 0; i < Terms; ++i) {
    c[i] = static_cast<double>(term);
    const auto k = static_cast<long double>(Start + 2 * static_cast<int>(i));
    term *= -kQuarter * kQuarter / ((k + 1) * (k + 2));
  }
  return c;
}();

// From a zero to the next extremum, |f| <= 1, there is one series.
[[gnu::always_inline]] constexpr Lane<double> sine_of_quarters(Lane<double> f) {
  return f * polynomial<kQuarterSeries<1, 7>>(f * f);
}
[[gnu::always_inline]] constexpr Lane<float> sin_of(Lane<float> x, bool is_usual) {
  const Quarters<2, 0> a(x, is_usual);
  return negate_if(a.count, sine_of_quarters(a.f)).number();
}
[[gnu::always_inline]] constexpr Lane<float> cos_of(Lane<float> x, bool is_usual) {
  const Quarters<2, 1> a(x, is_usual);
  return negate_if(a.count + 1, sine_of_quarters(a.f)).number();
}
[[gnu::always_inline]] constexpr Lane<float> tan_of(Lane<float> x, bool is_usual) {
  const Quarters<1, 0> a(x, is_usual);
  const Lane<double> z = a.f * a.f;
  const Lane<double> sine = a.f * polynomial<kQuarterSeries<1, 5>>(z);
  const Lane<double> cosine = polynomial<kQuarterSeries<0, 6>>(z);
  const Lane<double> y = choose_if(a.count, cosine, sine) / choose_if(a.count, sine, cosine);
  return negate_if(a.count, y).number();
}

// The angle r + low that is left of a double, |r| <= pi/4 and a little; the number of quarters
// stands in the last bits of `shifted`.

// Usual arguments: pi/2 is cut into parts of 33 digits, whose products with the number of quarters
// are exact, and a rest (mpmath).
inline constexpr std::array kHalfPi{0x1.921fb54400000p+0, 0x1.0b4611a600000p-34,
                                    0x1.3198a2e000000p-69, 0x1.b839a252049c1p-104};
struct UsualAngle {
  Lane<double> r, low, shifted;

  [[gnu::always_inline]] explicit constexpr UsualAngle(Lane<double> x) {
    shifted = multiply_add(x, Lane<double>(2 / std::numbers::pi), Lane<double>(kToInteger<double>));
    const Lane<double> n = shifted - kToInteger<double>;
    // Where the first number is the smaller one, the sum is exact: it has few digits left.
    const Pair<double> a = sum(x - n * kHalfPi[0], -(n * kHalfPi[1]));
    const Pair<double> b = sum(a.high, -(n * kHalfPi[2]));
    // Minus what is to be subtracted, so that -0 stays.
    const Pair<double> angle = sum(b.high, -(n * kHalfPi[3] - (a.low + b.low)));
    r = angle.high.number();
    low = angle.low.number();
  }
};

// Others: 2/pi is cut as above, into four times 52 digits, by the exponent without its last three
// bits.
struct FarAngle {
  Lane<double> r, low, shifted;

  static constexpr int kFirst = 130;  // the row of [2^17, 2^25)
  template <int Piece>
  static constexpr auto kDigits = [] {
    std::array<double, 256 - kFirst> digits{};
    for (int k = 0; k < 256 - kFirst; ++k) {
      const int exponent = 8 * (k + kFirst) - 1023;
      digits[static_cast<std::size_t>(k)] =
          digits_of_two_over_pi(exponent - 53 + 52 * Piece, 52, exponent);
    }
    return digits;
  }();

  [[gnu::always_inline]] static constexpr Lane<double> rest_of_turn(Lane<double> quarters) {
    return quarters - rounded_to(quarters, 0x1.8p54);
  }

  [[gnu::always_inline]] explicit constexpr FarAngle(Lane<double> x) {
    const auto size = static_cast<std::uint64_t>(to_bits(at_least(abs(x), kUsualEnd<double>)));
    const std::uint64_t exponent = size >> 55;
    const std::size_t row = exponent - kFirst;
    // m in [1, 256) has the digits of x, in two halves a and b. What the four pieces of 2/pi are
    // worth begins at 2^53, 2, 2^-51, 2^-103; three are halved as well, so that products are exact.
    const Lane<double> m =
        x * from_bits<double>(static_cast<std::int64_t>((2046 - 8 * exponent) << 52));
    const Lane<double> a = head(m), b = m - a;
    const Lane<double> c = kDigits<0>[row], d = kDigits<1>[row], e = kDigits<2>[row];
    const Lane<double> c_high = rounded_to(c, 0x1.8p80), c_low = c - c_high;
    const Lane<double> d_high = rounded_to(d, 0x1.8p28), d_low = d - d_high;
    const Lane<double> e_high = rounded_to(e, 0x1.8p-25), e_low = e - e_high;
    // Multiples of 2^-50, less whole turns; their sum is exact. a c_high is whole turns.
    const Lane<double> quarters = rest_of_turn(a * c_low) + rest_of_turn(b * c_high) +
                                  rest_of_turn(b * c_low) + rest_of_turn(a * d_high);
    shifted = quarters + kToInteger<double>;
    // Products below 2^-15, multiples of 2^-102. What of them is a multiple of 2^-52, and what is
    // not, have exact sums.
    const Lane<double> p = a * d_low, q = b * d_high, s = b * d_low, t = a * e_high;
    const Lane<double> p_high = rounded_to(p, 1.5), q_high = rounded_to(q, 1.5);
    const Lane<double> s_high = rounded_to(s, 1.5), t_high = rounded_to(t, 1.5);
    const Pair<double> f =
        sum((quarters - (shifted - kToInteger<double>)) + ((p_high + q_high) + (s_high + t_high)),
            ((p - p_high) + (q - q_high)) + ((s - s_high) + (t - t_high)));
    const Lane<double> rest =
        f.low + ((a * e_low + b * e_high) + (b * e_low + m * kDigits<3>[row]));
    // (f + rest) pi/2, with the heads of f and of pi/2 apart.
    constexpr double kHead = head(Lane<double>(std::numbers::pi / 2)).number();
    constexpr auto kRest = static_cast<double>(std::numbers::pi_v<long double> / 2 - kHead);
    const Lane<double> f_head = head(f.high + rest), f_rest = (f.high - f_head) + rest;
    const Pair<double> angle =
        sum(f_head * kHead, f_head * kRest + f_rest * (std::numbers::pi / 2));
    r = angle.high.number();
    low = angle.low.number();
  }
};

struct Angle {
  Lane<double> r, low;
  std::int64_t quadrant;

  [[gnu::always_inline]] constexpr Angle(Lane<double> x, bool is_usual) {
    const UsualAngle usual(x);
    r = usual.r.number();
    low = usual.low.number();
    quadrant = to_bits(usual.shifted);
    if (is_usual) return;
    const FarAngle far(x);
    const bool is_near = abs(x) < kUsualEnd<double>;
    r = choose(is_near, usual.r, far.r);
    low = choose(is_near, usual.low, far.low);
    quadrant = to_bits(choose(is_near, usual.shifted, far.shifted));
  }

  // 1/3! - z/5! + ..., 1/4! - z/6! + ...: sin r = r - r z (...), cos r = 1 - z/2 + z^2 (...),
  // z = r^2
  template <int Start>
  static constexpr auto kSeries = [] {
    std::array<double, Start == 3 ? 8 : 7> c{};
    long double term = Start == 3 ? 1.0L / 6 : 1.0L / 24;
    for (std::size_t i = 0; i < c.size(); ++i) {
      c[i] = static_cast<double>(term);
      const auto k = static_cast<long double>(Start + 2 * static_cast<int>(i));
      term /= -(k + 1) * (k + 2);
    }
    return c;
  }();
  [[nodiscard, gnu::always_inline]] constexpr Pair<double> sine() const {
    const Lane<double> z = r * r;
    return sum(r, -multiply_add(r * z, polynomial<kSeries<3>>(z), -(low * (1 - 0.5 * z))));
  }
  [[nodiscard, gnu::always_inline]] constexpr Pair<double> cosine() const {
    const Lane<double> z = r * r;
    const Pair<double> y = sum(Lane<double>(1), -0.5 * z);
    return sum(y.high, y.low + multiply_add(z * z, polynomial<kSeries<4>>(z), -(r * low)));
  }
};

[[gnu::always_inline]] constexpr Lane<double> sin_of(Lane<double> x, bool is_usual) {
  const Angle a(x, is_usual);
  return negate_if(a.quadrant >> 1, choose_if(a.quadrant, a.cosine().high, a.sine().high));
}
[[gnu::always_inline]] constexpr Lane<double> cos_of(Lane<double> x, bool is_usual) {
  const Angle a(x, is_usual);
  return negate_if((a.quadrant + 1) >> 1, choose_if(a.quadrant, a.sine().high, a.cosine().high));
}
[[gnu::always_inline]] constexpr Lane<double> tan_of(Lane<double> x, bool is_usual) {
  const Angle a(x, is_usual);
  const Pair<double> sine = a.sine(), cosine = a.cosine();
  const Lane<double> top = choose_if(a.quadrant, cosine.high, sine.high);
  const Lane<double> top_low = choose_if(a.quadrant, cosine.low, sine.low);
  const Lane<double> bottom = choose_if(a.quadrant, sine.high, cosine.high);
  const Lane<double> bottom_low = choose_if(a.quadrant, sine.low, cosine.low);
  const Lane<double> y = top / bottom;
  const Lane<double> inverse = 1 / static_cast<float>(bottom);  // a few digits are enough
  return negate_if(a.quadrant, y - (y * bottom_low - top_low) * inverse);
}

}  // namespace detail

/// Whether sin, cos, tan take x from a UsualLane. NaN is not usual.
template <class T>
[[nodiscard, gnu::always_inline]] constexpr bool is_usual_angle(Lane<T> x) {
  return abs(x) < detail::kUsualEnd<T>;
}

#define NABLA_TRIGONOMETRIC(name)                                 \
  template <class T>                                              \
  [[gnu::always_inline]] constexpr Lane<T> name(Lane<T> x) {      \
    return detail::name##_of(x, false);                           \
  }                                                               \
  template <class T>                                              \
  [[gnu::always_inline]] constexpr Lane<T> name(UsualLane<T> x) { \
    return detail::name##_of(x, true);                            \
  }
NABLA_TRIGONOMETRIC(sin)
NABLA_TRIGONOMETRIC(cos)
NABLA_TRIGONOMETRIC(tan)
#undef NABLA_TRIGONOMETRIC

namespace detail {

// (atan(t) / t - 1) / z for |t| <= 1/2, (asin(t) / t - 1) / z for |t| <= 9/16, by powers of z =
// t^2: interpolated at Chebyshev nodes in 60 digits (mpmath). The error of atan(t) / t is below
// 9e-10 and 8e-19, that of asin(t) / t below 6e-10 and 2e-18.
template <class T>
inline constexpr auto kAtanPolynomial =
    std::array{-0.333333329015, 0.199998752498,   -0.142798010958,
               0.110068806813,  -0.0823550576364, 0.0422568596302};
template <>
inline constexpr auto kAtanPolynomial<double> =
    std::array{-0.33333333333333332955,  0.19999999999999487945,   -0.14285714285599187982,
               0.11111111100917375127,   -0.090909086203225222475, 0.076922947125402844808,
               -0.066664356772359478186, 0.058795784295824248582,  -0.052400995079947131128,
               0.046280248685701532364,  -0.038066536720573659072, 0.025006503566489507529,
               -0.0092157920470898591016};
template <class T>
inline constexpr auto kAsinPolynomial =
    std::array{0.166666667959,  0.0749996008031,  0.0446627564031, 0.030015202185,
               0.0255230256849, 0.00399315178755, 0.0394297525425};
template <>
inline constexpr auto kAsinPolynomial<double> =
    std::array{0.16666666666666666966,   0.074999999999995749791,  0.044642857143856839089,
               0.030381944351902857439,  0.022372163562850142368,  0.017352634763719207698,
               0.013967286562471982741,  0.011520416943192046046,  0.010044474134401649045,
               0.0065774675326501010037, 0.015573698677408125002,  -0.019903579544442987956,
               0.062330998352170642004,  -0.070063964880094727498, 0.054577644016749256939};

/// k pi/4 + a, for k = 0, ..., 4
template <class T>
[[gnu::always_inline]] constexpr Lane<T> eighths_of_turn(Lane<T> k, Lane<T> a) {
  constexpr T kHigh = head(Lane<T>(std::numbers::pi_v<T> / 4)).number();
  constexpr auto kLow =
      static_cast<T>(std::numbers::pi_v<long double> / 4 - static_cast<long double>(kHigh));
  return k * Lane<T>(kHigh) + multiply_add(k, Lane<T>(kLow), a);
}

/// The angle of a point from the first axis, in [0, pi], by the smaller and the greater of its
/// coordinates in size, which may be doubled; the second is the greater if it is steep, the first is
/// negative if is_back has its last bit set.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> angle_of(Lane<T> smaller, Lane<T> greater, bool is_steep,
                                                  typename Layout<T>::Bits is_back) {
  // From the first axis, or from the diagonal.
  const bool is_diagonal = 2 * smaller > greater;
  const Lane<T> t = choose(is_diagonal, smaller - greater, smaller) /
                    choose(is_diagonal, smaller + greater, greater);
  const Lane<T> z = t * t;
  const Lane<T> a = multiply_add(t * z, polynomial<kAtanPolynomial<T>>(z), t);
  const Lane<T> k = choose(is_diagonal, Lane<T>(1), Lane<T>(0));
  const Lane<T> l = choose(is_steep, 2 - k, k);
  return eighths_of_turn(choose_if(is_back, 4 - l, l), negate_if(is_back, choose(is_steep, -a, a)));
}

/// asin |x| where |x| < 9/16, else pi/4 less half of that: asin sqrt((1 - |x|) / 2). The end is
/// where that is below 1/2, so that its error stays below that of the result.
template <class T>
[[gnu::always_inline]] inline Lane<T> asin_near(Lane<T> size, bool is_near) {
  const Lane<T> z = choose(is_near, size * size, 0.5 * (1 - size));
  const Lane<T> s = choose(is_near, size, sqrt(z));
  return multiply_add(s * z, polynomial<kAsinPolynomial<T>>(z), s);
}

}  // namespace detail

template <class T>
[[gnu::always_inline]] constexpr Lane<T> atan(Lane<T> x) {
  const Lane<T> size = abs(x);
  const bool is_steep = size > 1;
  const Lane<T> one = 1;
  return copysign(
      detail::angle_of(choose(is_steep, one, size), choose(is_steep, size, one), is_steep, 0), x);
}

template <class T>
[[gnu::always_inline]] constexpr Lane<T> atan2(Lane<T> y, Lane<T> x) {
  using L = detail::Layout<T>;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const bool is_steep = abs(y) > abs(x);
  const Lane<T> s = choose(is_steep, abs(x), abs(y));
  const Lane<T> g = choose(is_steep, abs(y), abs(x));
  // Infinity beside infinity is 1 beside 1, beside a number 1 beside 0; NaN stays.
  const bool is_infinite = g == Lane<T>(infinity);
  const Lane<T> smaller = choose(is_infinite, choose(s == Lane<T>(infinity), Lane<T>(1), 0 * s), s);
  const Lane<T> greater = choose(either(is_infinite, g == 0), Lane<T>(1), g);
  const Lane<T> scale =
      choose(greater > detail::power_of_two<T>(L::bias - 1), Lane<T>(0.25F), Lane<T>(1));
  const auto is_back = static_cast<typename L::Bits>(
      static_cast<typename L::Unsigned>(detail::to_bits(x)) >> (8 * sizeof(T) - 1));
  return copysign(detail::angle_of(smaller * scale, greater * scale, is_steep, is_back), y);
}

template <class T>
[[gnu::always_inline]] inline Lane<T> asin(Lane<T> x) {
  const Lane<T> size = abs(x);
  const bool is_near = size < Lane<T>(0.5625F);
  const Lane<T> a = detail::asin_near(size, is_near);
  const Lane<T> far = detail::eighths_of_turn(Lane<T>(2), -2 * a);
  return copysign(choose(is_near, a, far), x);
}

template <class T>
[[gnu::always_inline]] inline Lane<T> acos(Lane<T> x) {
  const bool is_near = abs(x) < Lane<T>(0.5625F);
  const Lane<T> a = detail::asin_near(abs(x), is_near);
  const Lane<T> k = choose(is_near, Lane<T>(2), choose(x < 0, Lane<T>(4), Lane<T>(0)));
  return detail::eighths_of_turn(k, choose(is_near, -copysign(a, x), copysign(2 * a, x)));
}

}  // namespace nabla::kernels
