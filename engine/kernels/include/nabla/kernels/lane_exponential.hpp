// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>

#include <nabla/kernels/lane_arithmetic.hpp>

// Powers, logarithms and hyperbolic functions on Lanes: arithmetic without branches.
//
// Source    argument reduction: Cody & Waite 1980, "Software Manual for the Elementary Functions";
//           what remains are series (DLMF 4.2.19, 4.6.4, 4.33.1) and a continued fraction (DLMF
//           4.39.1), whose coefficients are computed by the compiler, and polynomials of our own.

namespace nabla::kernels {
namespace detail {

template <class T>
inline constexpr T kLn2High = static_cast<T>(Layout<T>::ln2_high);
template <class T>
inline constexpr T kLn2Low = static_cast<T>(0xb.17217f7d1cf79abc9e3b39803f2f6afp-4L -
                                            static_cast<long double>(Layout<T>::ln2_high));

// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2: for a float least squares at 60 Chebyshev nodes, reweighted
// until the greatest error of e^r is least, 4e-9 of it; for a double the series 1/2! + r/3! + ...
template <class T>
inline constexpr auto kExpPolynomial =
    std::array{0.499999933363, 0.16666518938, 0.0416684068596, 0.00836892169888, 0.00138142506938};
template <>
inline constexpr auto kExpPolynomial<double> = [] {
  std::array<double, 12> c{};
  long double factorial = 1;
  for (std::size_t k = 0; k < c.size(); ++k) {
    factorial *= static_cast<long double>(k + 2);
    c[k] = static_cast<double>(1 / factorial);
  }
  return c;
}();

// (r coth(r / 2) - 2) / r^2 for |r| <= ln(2) / 2, by powers of r^2: fitted like that. With a = r coth(r / 2),
// e^r = (a + r) / (a - r); the error of that is below 6e-10 and 2e-19 of it.
template <class T>
inline constexpr auto kExpFraction = std::array{0.166666171896, -0.00276592308183};
template <>
inline constexpr auto kExpFraction<double> =
    std::array{0.1666666666666655166, -0.002777777777667270538, 0.00006613756244135911590,
               -0.000001653383105645349530, 4.135830954186587416e-8};

// 1/3!, 1/5!, ...
template <class T>
inline constexpr auto kSinhSeries = [] {
  std::array<double, static_cast<std::size_t>(Layout<T>::sinh_terms)> c{};
  long double factorial = 1;
  for (std::size_t k = 0; k < c.size(); ++k) {
    factorial *= static_cast<long double>((2 * k + 2) * (2 * k + 3));
    c[k] = static_cast<double>(1 / factorial);
  }
  return c;
}();

// 2/3, 2/5, ... from 2/Start on: ln((1 + s) / (1 - s)) = 2 s + s z (2/3 + 2/5 z + ...), z = s^2
template <std::size_t Start, std::size_t Terms>
inline constexpr auto kLogSeries = [] {
  std::array<double, Terms> c{};
  for (std::size_t k = 0; k < c.size(); ++k)
    c[k] = static_cast<double>(2.0L / static_cast<long double>(2 * k + Start));
  return c;
}();

// (ln(1 + f) - f + f^2 / 2) / f^3, without a division: least squares at 120 Chebyshev nodes,
// weighted by f^2, in 40 digits. The error of ln(1 + f), divided by f, is below 1e-9.
inline constexpr std::array kLogPolynomial{0.33333310125,   -0.250000005576, 0.200022465153,
                                           -0.166685126089, 0.142177625765,  -0.123964451445,
                                           0.118909894652,  -0.117266047921, 0.068009121156};

// (atanh(s) / s - 1) / z for |s| <= 1/3, by powers of z = s^2: interpolated at Chebyshev nodes in
// 60 digits (mpmath). The error of atanh(s) / s is below 5e-10 and 6e-18.
template <class T>
inline constexpr auto kAtanhPolynomial =
    std::array{0.333333336604, 0.199998531034, 0.142961823976, 0.108532304986, 0.116124608856};
template <>
inline constexpr auto kAtanhPolynomial<double> =
    std::array{0.33333333333333329276,  0.20000000000007298307,  0.14285714283552530464,
               0.11111111358900890846,  0.090908947086632239454, 0.076927852964561218017,
               0.066570677754405814314, 0.060005775914288893462, 0.044001588254343867344,
               0.080824690847356693106};

// tanh x = x / (1 + z/(3 + z/(5 + ...))), z = x^2, cut off and brought to x (1 - z P(z) / Q(z)).
template <class T, bool Denominator>
inline constexpr auto kTanhFraction = [] {
  constexpr int depth = Layout<T>::tanh_terms;
  using Coefficients = std::array<long double, static_cast<std::size_t>(depth) + 1>;
  // The fraction from the inside out: top / bottom = 2 j + 1 + z / (what is inside).
  Coefficients top{}, bottom{};
  top[0] = 2 * depth + 1;
  bottom[0] = 1;
  for (int j = depth - 1; j >= 0; --j) {
    Coefficients next{};
    for (std::size_t i = 0; i < next.size(); ++i)
      next[i] = static_cast<long double>(2 * j + 1) * top[i] + (i > 0 ? bottom[i - 1] : 0);
    bottom = top;
    top = next;
  }
  // tanh x = x bottom / top = x (1 - (top - bottom) / top); top - bottom has no constant term.
  constexpr std::size_t size = Denominator ? depth / 2 + 1 : (depth + 1) / 2;
  std::array<double, size> c{};
  for (std::size_t i = 0; i < size; ++i) {
    const long double number =
        Denominator ? top[i] : top[i + 1] - (i + 1 < bottom.size() ? bottom[i + 1] : 0);
    c[i] = static_cast<double>(number / top[0]);
  }
  return c;
}();

/// x - n ln 2, for an integer n near x / ln 2.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> less_ln2(Lane<T> x, Lane<T> n) {
  return x - n * Lane<T>(kLn2High<T>) - n * Lane<T>(kLn2Low<T>);
}

/// e^r - 1. Requires  |r| <= ln(2) / 2
template <class T>
[[gnu::always_inline]] constexpr Lane<T> expm1_near(Lane<T> r) {
  return multiply_add(r * r, polynomial<kExpPolynomial<T>>(r), r);
}

// Added to a number this great, x / ln 2 is rounded to an integer n, and what stands in the last bits is
// n - 1 as an exponent has it.
template <class T>
inline constexpr T kExponentShift = kToInteger<T> + (Layout<T>::bias - 1);

/// 2^(n - 1) from the last bits of kExponentShift + n, or 2^(n - 1 + more).
template <class T>
[[gnu::always_inline]] constexpr Lane<T> power_in(Lane<T> sum,
                                                  typename Layout<T>::Unsigned more = 0) {
  using L = Layout<T>;
  const auto bits = (static_cast<typename L::Unsigned>(to_bits(sum)) + more) << L::mantissa;
  return from_bits<T>(static_cast<typename L::Bits>(bits));
}

/// e^x. Requires  |x| < exp_usual
template <class T>
[[gnu::always_inline]] constexpr Lane<T> usual_exp(Lane<T> x) {
  constexpr Lane<T> kShift = kExponentShift<T>;
  const Lane<T> sum = multiply_add(x, Lane<T>(std::numbers::log2e), kShift);
  const Lane<T> power = power_in(sum, 1);
  return multiply_add(expm1_near(less_ln2(x, sum - kShift)), power, power);
}

/// e^r = top / bottom, without a polynomial as long as that of expm1_near(). Requires  |r| <= ln(2) / 2
template <class T>
struct ExpFraction {
  Lane<T> top, bottom;

  [[gnu::always_inline]] explicit constexpr ExpFraction(Lane<T> r) {
    const Lane<T> z = r * r;
    bottom = multiply_add(z, polynomial<kExpFraction<T>>(z), Lane<T>(2)) - r;
    top = multiply_add(Lane<T>(2), r, bottom);
  }
};

/// x = n ln 2 + r, |r| <= ln(2) / 2, and 2^(n - 1), which is in range where 2^n is not any more; or
/// the same of x ln 2, for powers of 2.
/// n ends where e^x is infinite, or `Beyond` later: what is above leaves an r that is great or
/// infinite. NaN gives NaN.
/// Requires  n > -bias - mantissa
template <class T, int Beyond = 0>
struct ExpArgument {
  Lane<T> n, r, half_power;

  [[gnu::always_inline]] explicit constexpr ExpArgument(Lane<T> x, bool of_2 = false) {
    using L = Layout<T>;
    using Bits = typename L::Bits;
    constexpr T kShift = kExponentShift<T>;
    constexpr Bits kEnd = std::bit_cast<Bits>(kShift) + L::bias + 1 + Beyond;
    const Bits sum = to_bits(of_2 ? x + Lane<T>(kShift)
                                  : multiply_add(x, Lane<T>(std::numbers::log2e), Lane<T>(kShift)));
    const Bits shifted = sum < kEnd ? sum : kEnd;
    n = from_bits<T>(shifted) - Lane<T>(kShift);
    r = of_2 ? (x - n) * Lane<T>(std::numbers::ln2) : less_ln2(x, n);
    half_power =
        from_bits<T>(static_cast<Bits>(static_cast<typename L::Unsigned>(shifted) << L::mantissa));
  }
  /// e^r - 1
  [[nodiscard, gnu::always_inline]] constexpr Lane<T> expm1() const { return expm1_near(r); }
  /// 2^n y, for a y near 1 or below. Near and below the end of the normal range, it is a multiple
  /// made small at last.
  [[nodiscard, gnu::always_inline]] constexpr Lane<T> times_power(Lane<T> y) const {
    using L = Layout<T>;
    constexpr int kFar = L::mantissa + 2;
    const bool tiny = n < Lane<T>(4 - L::bias);
    const auto exponent = static_cast<typename L::Unsigned>(to_bits(half_power)) +
                          (static_cast<typename L::Unsigned>(tiny) * kFar << L::mantissa);
    return y * from_bits<T>(static_cast<typename L::Bits>(exponent)) *
           choose(tiny, power_of_two<T>(1 - kFar), Lane<T>(2));
  }
};

/// e^x / 4. Requires  x >= 0
template <class T>
[[gnu::always_inline]] constexpr Lane<T> quarter_exp(Lane<T> x) {
  using L = Layout<T>;
  const ExpArgument<T, 1> a(x);
  const auto quarter = to_bits(a.half_power) - (typename L::Bits{1} << L::mantissa);
  return (1 + a.expm1()) * from_bits<T>(quarter);
}

/// ln(1 + f) - f + f^2 / 2, for 1 + f in [sqrt(1/2), sqrt(2)].
[[gnu::always_inline]] constexpr Lane<float> log_rest(Lane<float> f, Lane<float> /*half_square*/) {
  return f * (f * f) * polynomial_apart<kLogPolynomial>(f);
}
[[gnu::always_inline]] constexpr Lane<double> log_rest(Lane<double> f, Lane<double> half_square) {
  // With s = f / (2 + f): ln(1 + f) = 2 s + s z (2/3 + ...), and 2 s = f - s f.
  const Lane<double> s = f / (2 + f);
  const Lane<double> z = s * s;
  return s * multiply_add(z, polynomial<kLogSeries<3, 10>>(z), half_square);
}

/// The logarithm of m 2^n (1 + c / (m 2^n)), with m = 1 + f in [sqrt(1/2), sqrt(2)].
template <class T>
[[gnu::always_inline]] constexpr Lane<T> log_of(Lane<T> f, Lane<T> n, Lane<T> c) {
  const Lane<T> half_square = 0.5 * (f * f);
  const Lane<T> low = log_rest(f, half_square) + multiply_add(n, Lane<T>(kLn2Low<T>), c);
  return n * Lane<T>(kLn2High<T>) - ((half_square - low) - f);
}

/// The logarithm of m 2^n, m = 1 + f, to a base B: n / log2(B) + ln(m) / ln(B), the greater parts
/// exact.
/// Requires  n times `two` and a head times `e` exact, where two + two_low = 1 / log2(B) and so on
template <class T>
struct LogBase {
  T two, two_low, e, e_low;
};
template <class T>
[[gnu::always_inline]] constexpr Lane<T> log_of(Lane<T> f, Lane<T> n, const LogBase<T>& base) {
  const Lane<T> half_square = 0.5 * (f * f);
  const Lane<T> high = head(f - half_square);
  const Lane<T> low = ((f - high) - half_square) + log_rest(f, half_square);
  const Pair<T> y = sum(n * base.two, high * base.e);
  return y.high +
         (y.low + multiply_add(n, Lane<T>(base.two_low),
                               multiply_add(low, Lane<T>(base.e), (high + low) * base.e_low)));
}

// 1 / log2(B) and 1 / ln(B) with as many digits as LogBase wants, and what is left.
template <class T>
constexpr LogBase<T> log_base(long double two, long double e) {
  const T two_head = two == 1 ? T{1} : head(Lane<T>(static_cast<T>(two))).number();
  const T e_head = head(Lane<T>(static_cast<T>(e))).number();
  return {two_head, static_cast<T>(two - static_cast<long double>(two_head)), e_head,
          static_cast<T>(e - static_cast<long double>(e_head))};
}

/// x = m 2^n, m in [least, 2 least). Requires  x > 0, finite; normal if `is_usual`
template <class T>
struct LogArgument {
  Lane<T> m, n;

  [[gnu::always_inline]] explicit constexpr LogArgument(
      Lane<T> x, T least = static_cast<T>(std::numbers::sqrt2 / 2), bool is_usual = false) {
    using L = Layout<T>;
    using Bits = typename L::Bits;
    // Below the normal range the exponent is that of a multiple.
    const bool tiny = !is_usual && x < Lane<T>(std::numeric_limits<T>::min());
    const Lane<T> scaled = choose(tiny, x * power_of_two<T>(L::mantissa + 1), x);
    const Bits start = std::bit_cast<Bits>(least);
    constexpr Bits fraction = (Bits{1} << L::mantissa) - 1;
    const auto above = static_cast<Bits>(static_cast<typename L::Unsigned>(to_bits(scaled)) -
                                         static_cast<typename L::Unsigned>(start));
    m = from_bits<T>((above & fraction) + start);
    n = Lane<T>(static_cast<std::int32_t>(above >> L::mantissa)) -
        choose(tiny, Lane<T>(L::mantissa + 1), Lane<T>(0));
  }
};

/// What a logarithm of x is where x is not positive and finite; `y` elsewhere.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> log_ends(Lane<T> x, Lane<T> y) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  y = choose(x > 0, y, Lane<T>(std::numeric_limits<T>::quiet_NaN()));
  y = choose(x == 0, Lane<T>(-infinity), y);
  return choose(x == Lane<T>(infinity), x, y);
}

}  // namespace detail

template <class T>
[[gnu::always_inline]] constexpr Lane<T> exp(Lane<T> x) {
  const detail::ExpArgument<T> a(detail::at_least(x, T{detail::Layout<T>::exp_least}));
  return a.times_power(1 + a.expm1());
}

/// Whether exp takes x from a UsualLane. NaN is not usual.
template <class T>
[[nodiscard, gnu::always_inline]] constexpr bool is_usual_exponent(Lane<T> x) {
  return abs(x) < Lane<T>(detail::Layout<T>::exp_usual);
}
template <class T>
[[gnu::always_inline]] constexpr Lane<T> exp(UsualLane<T> x) {
  return detail::usual_exp(x);
}

template <class T>
[[gnu::always_inline]] constexpr Lane<T> exp2(Lane<T> x) {
  using L = detail::Layout<T>;
  const detail::ExpArgument<T> a(detail::at_least(x, T{-L::bias - L::mantissa}), true);
  return a.times_power(1 + a.expm1());
}

template <class T>
[[gnu::always_inline]] constexpr Lane<T> expm1(Lane<T> x) {
  using L = detail::Layout<T>;
  const detail::ExpArgument<T> a(detail::at_least(x, T{-L::mantissa}));
  const Lane<T> y = 2 * multiply_add(a.expm1(), a.half_power, a.half_power - 0.5);
  return choose(y == 0, x, y);
}

template <class T>
[[gnu::always_inline]] constexpr Lane<T> log(Lane<T> x) {
  const detail::LogArgument<T> a(x);
  return detail::log_ends(x, detail::log_of(a.m - 1, a.n, Lane<T>(0)));
}

/// Whether log takes x from a UsualLane: positive, normal, finite.
template <class T>
[[nodiscard, gnu::always_inline]] constexpr bool is_usual_logarithm(Lane<T> x) {
  using Limits = std::numeric_limits<T>;
  using Unsigned = typename detail::Layout<T>::Unsigned;
  constexpr auto kLeast = std::bit_cast<Unsigned>(Limits::min());
  constexpr auto kEnd = std::bit_cast<Unsigned>(Limits::infinity());
  return static_cast<Unsigned>(detail::to_bits(x)) - kLeast < kEnd - kLeast;
}
template <class T>
[[gnu::always_inline]] constexpr Lane<T> log(UsualLane<T> x) {
  const detail::LogArgument<T> a(x, static_cast<T>(std::numbers::sqrt2 / 2), true);
  return detail::log_of(a.m - 1, a.n, Lane<T>(0));
}

template <class T>
[[gnu::always_inline]] constexpr Lane<T> log2(Lane<T> x) {
  constexpr auto kBase = detail::log_base<T>(1, std::numbers::log2e_v<long double>);
  const detail::LogArgument<T> a(x);
  return detail::log_ends(x, detail::log_of(a.m - 1, a.n, kBase));
}

template <class T>
[[gnu::always_inline]] constexpr Lane<T> log10(Lane<T> x) {
  constexpr auto kBase =
      detail::log_base<T>(std::numbers::ln2_v<long double> * std::numbers::log10e_v<long double>,
                          std::numbers::log10e_v<long double>);
  const detail::LogArgument<T> a(x);
  return detail::log_ends(x, detail::log_of(a.m - 1, a.n, kBase));
}

namespace detail {

/// ln(1 + x + low), for a low that is small beside x.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> log1p_of(Lane<T> x, Lane<T> low) {
  // ln(1 + x) = ln(sum) + c / sum, with c what the rounding of the sum lost. Near 0, x itself is f.
  const Lane<T> sum = 1 + x;
  const Lane<T> lost = choose(x < 1, x - (sum - 1), 1 - (sum - x));
  const LogArgument<T> a(sum);
  const bool near = a.n == 0;
  const Lane<T> c = (choose(near, Lane<T>(0), lost) + low) / sum;
  return log_ends(sum, log_of(choose(near, x, a.m - 1), a.n, c));
}

}  // namespace detail

template <class T>
[[gnu::always_inline]] constexpr Lane<T> log1p(Lane<T> x) {
  return choose(x == 0, x, detail::log1p_of(x, Lane<T>(0)));
}

/// ln(1 + x). Requires  0 <= x <= 1, or NaN
template <class T>
[[gnu::always_inline]] constexpr Lane<T> log1p_fraction(Lane<T> x) {
  // With s = x / (2 + x): ln(1 + x) = 2 atanh s, and 2 s = x - x s.
  const Lane<T> s = x / (2 + x), z = s * s;
  return x - s * (x - 2 * z * detail::polynomial<detail::kAtanhPolynomial<T>>(z));
}

namespace detail {

/// x^y. Requires  x >= 0 or NaN; y = 0 where x = 1
[[gnu::always_inline]] constexpr Lane<float> positive_power(Lane<float> x, Lane<float> y) {
  // e^(y ln x) in double, with as many terms as a float needs.
  const LogArgument<double> a(Lane<double>(x.number()));
  const Lane<double> f = a.m - 1, s = f / (2 + f), z = s * s;
  const Lane<double> log =
      multiply_add(a.n, Lane<double>(std::numbers::ln2),
                   multiply_add(s * z, polynomial<kLogSeries<3, 6>>(z), 2 * s));
  const Lane<double> product = Lane<double>(y.number()) * log_ends(Lane<double>(x.number()), log);
  const ExpArgument<double> e(at_least(product, 2.0 * Layout<float>::exp_least));
  const Lane<double> expm1 = multiply_add(e.r * e.r, polynomial<kExpPolynomial<float>>(e.r), e.r);
  return (2 * e.half_power * (1 + expm1)).number();
}

/// The logarithm to 65 digits. Of m = (1 + s) / (1 - s), s = t + u with 18 digits in t: ln m =
/// 2 t + 2/3 t^3 + ..., both of which are exact because t = 3 third.
[[gnu::always_inline]] constexpr Pair<double> precise_log(Lane<double> x) {
  const LogArgument<double> a(x);
  const Lane<double> f = a.m - 1;
  const Lane<double> inverse = 1 / (2 + f);
  constexpr std::int64_t kDigits16 = ~((std::int64_t{1} << 37) - 1);
  const Lane<double> third = from_bits<double>(to_bits(f * inverse * (1.0 / 3)) & kDigits16);
  const Lane<double> t = 3 * third;
  const Lane<double> f_head = head(f);
  const Lane<double> u = (((f - 2 * t) - t * f_head) - t * (f - f_head)) * inverse;
  const Lane<double> s = t + u, z = s * s;
  const Pair<double> y = sum(a.n * kLn2High<double>, 2 * t);
  const Pair<double> y_cubic = sum(y.high, 18 * third * third * third);
  // 2/3 (s^3 - t^3), and the rest of the series.
  const Lane<double> cubic = 2 * u * (t * s + u * u * (1.0 / 3));
  const Lane<double> rest = s * z * z * polynomial<kLogSeries<5, 11>>(z);
  const Pair<double> log =
      sum(y_cubic.high, (y.low + y_cubic.low) + (2 * u + ((cubic + rest) + a.n * kLn2Low<double>)));
  return {log_ends(x, log.high), log.low};
}

[[gnu::always_inline]] constexpr Lane<double> positive_power(Lane<double> x, Lane<double> y) {
  using L = Layout<double>;
  // y ln x, the product of the heads and the rest; that matters where the power is neither 0 nor
  // infinite.
  const Pair<double> log = precise_log(x);
  const Lane<double> y_head = head(y), log_head = head(log.high);
  const bool is_log_finite = abs(log.high) < std::numeric_limits<double>::infinity();
  const Lane<double> product = choose(is_log_finite, y_head * log_head, y * log.high);
  const Lane<double> rest = y_head * ((log.high - log_head) + log.low) + (y - y_head) * log.high;
  const Lane<double> limited = at_least(product, L::exp_least);
  const ExpArgument<double> a(limited);
  const bool is_inside = abs(product) < -2 * L::exp_least;
  // e^r = 1 + r + r^2 (...), with all that rounding loses up to the last sum.
  const Pair<double> r = sum(limited - a.n * kLn2High<double>,
                             choose(is_inside, rest, Lane<double>(0)) - a.n * kLn2Low<double>);
  const Pair<double> e = sum(Lane<double>(1), r.high);
  const Lane<double> low =
      e.low +
      multiply_add(r.high * r.high, polynomial<kExpPolynomial<double>>(r.high), r.low * e.high);
  return choose(is_inside, a.times_power(e.high + low), a.times_power(1 + a.expm1()));
}

template <class T>
[[gnu::always_inline]] constexpr bool is_integer(Lane<T> x) {
  constexpr T kAll = power_of_two<T>(Layout<T>::mantissa).number();  // are, from here on
  return either(rounded_to(abs(x), kAll) == abs(x), abs(x) >= Lane<T>(kAll));
}

}  // namespace detail

template <class T>
[[gnu::always_inline]] constexpr Lane<T> pow(Lane<T> x, Lane<T> y) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const Lane<T> size = choose(y == 0, Lane<T>(1), abs(x));
  const Lane<T> power = detail::positive_power(size, choose(size == 1, Lane<T>(0), y));
  const bool is_even = either(!detail::is_integer(y), detail::is_integer(0.5 * y));
  const Lane<T> result = choose(is_even, power, copysign(power, x));
  // A negative number has integer powers only; 1 has all, even if NaN.
  const bool is_real = either(either(x >= 0, x == Lane<T>(-infinity)), detail::is_integer(y));
  const Lane<T> real = choose(is_real, result, Lane<T>(std::numeric_limits<T>::quiet_NaN()));
  return choose(either(x == 1, y == 0), Lane<T>(1), real);
}

// Inverse hyperbolic functions: asinh x = ln(1 + x + x^2 / (1 + sqrt(1 + x^2))) for x >= 0,
// acosh x = ln(1 + t + sqrt(t (t + 2))), t = x - 1, and ln(2 x) where the squares would be
// infinite.

namespace detail {

/// The logarithm of 1 + a + b, |a| >= |b|, or if x is huge of 2 x.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> inverse_hyperbolic(Lane<T> x, Lane<T> a, Lane<T> b) {
  const bool is_huge = x > power_of_two<T>(Layout<T>::bias / 2);
  const Pair<T> u = sum(a, b);
  return log1p_of(choose(is_huge, x, u.high), choose(is_huge, Lane<T>(0), u.low)) +
         choose(is_huge, Lane<T>(std::numbers::ln2), Lane<T>(0));
}

}  // namespace detail

template <class T>
[[gnu::always_inline]] inline Lane<T> asinh(Lane<T> x) {
  const Lane<T> size = abs(x), z = x * x;
  return copysign(detail::inverse_hyperbolic(size, size, z / (1 + sqrt(1 + z))), x);
}

template <class T>
[[gnu::always_inline]] inline Lane<T> acosh(Lane<T> x) {
  const Lane<T> t = x - 1;
  const Lane<T> y = detail::inverse_hyperbolic(x, sqrt(multiply_add(t, t, 2 * t)), t);
  return choose(x < 1, Lane<T>(std::numeric_limits<T>::quiet_NaN()), y);
}

// atanh x = ln(q) / 2, q = (1 + x) / (1 - x) = p (1 + s) / (1 - s), p = 2^n, 0 <= s < 1/3. With
// n = 0, s is x itself.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> atanh(Lane<T> x) {
  using Limits = std::numeric_limits<T>;
  const Lane<T> size = abs(x);
  const detail::Pair<T> top = detail::sum(Lane<T>(1), size);
  const detail::Pair<T> bottom = detail::sum(Lane<T>(1), -size);
  const detail::LogArgument<T> q(top.high / bottom.high, T{1});
  const Lane<T> p = detail::power_of_two(q.n);
  const Lane<T> difference = (top.high - p * bottom.high) + (top.low - p * bottom.low);
  const Lane<T> s = choose(q.n == 0, size, difference / (top.high + p * bottom.high));
  const Lane<T> z = s * s;
  const Lane<T> rest = multiply_add(s * z, detail::polynomial<detail::kAtanhPolynomial<T>>(z),
                                    q.n * Lane<T>(detail::kLn2Low<T> / 2));
  const Lane<T> y = q.n * Lane<T>(detail::kLn2High<T> / 2) + (s + rest);
  const Lane<T> end = choose(size == 1, Lane<T>(Limits::infinity()), Lane<T>(Limits::quiet_NaN()));
  return copysign(choose(size < 1, y, end), x);
}

template <class T>
[[gnu::always_inline]] constexpr Lane<T> tanh(Lane<T> x) {
  using L = detail::Layout<T>;
  constexpr Lane<T> kShift = detail::kExponentShift<T>;
  const Lane<T> size = abs(x), z = size * size;
  // e^(2 |x|) = power * e.top / e.bottom; nonsense from tanh_end on.
  const Lane<T> sum = multiply_add(size, Lane<T>(2 * std::numbers::log2e), kShift);
  const Lane<T> power = detail::power_in(sum, 1);
  const detail::ExpFraction<T> e(detail::less_ln2(2 * size, sum - kShift));
  // x - x z P / Q where x is small, 1 - 2 / (e^2x + 1) elsewhere: one division.
  const bool small = size < Lane<T>(0.55);
  const Lane<T> top = choose(
      small, size * z * detail::polynomial<detail::kTanhFraction<T, false>>(z), 2 * e.bottom);
  const Lane<T> bottom = choose(small, detail::polynomial<detail::kTanhFraction<T, true>>(z),
                                multiply_add(power, e.top, e.bottom));
  const Lane<T> y = choose(small, size, Lane<T>(1)) - top / bottom;
  return copysign(choose(size > Lane<T>(L::tanh_end), Lane<T>(1), y), x);
}

namespace detail {

/// 1 / (1 + e^r power), power = 2^n.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> logistic_of(Lane<T> r, Lane<T> power) {
  // 1 + power is exact, or `lost` is what it lacks.
  const Lane<T> sum = 1 + power, lost = 1 - (sum - power);
  return 1 / (sum + multiply_add(expm1_near(r), power, lost));
}

}  // namespace detail

/// 1 / (1 + e^-x)
template <class T>
[[gnu::always_inline]] constexpr Lane<T> logistic(UsualLane<T> x) {
  constexpr Lane<T> kShift = detail::kExponentShift<T>;
  const Lane<T> sum = multiply_add(-Lane<T>(x), Lane<T>(std::numbers::log2e), kShift);
  return detail::logistic_of(detail::less_ln2(-Lane<T>(x), sum - kShift), detail::power_in(sum, 1));
}
template <class T>
[[gnu::always_inline]] constexpr Lane<T> logistic(Lane<T> x) {
  using L = detail::Layout<T>;
  constexpr Lane<T> kShift = detail::kExponentShift<T>;
  constexpr int kFar = 64;
  const Lane<T> size = detail::at_least(detail::at_most(-x, T{-L::exp_least}), T{-L::exp_usual});
  const Lane<T> sum = multiply_add(size, Lane<T>(std::numbers::log2e), kShift);
  // Far, e^-x is infinite where its inverse is not yet 0: of a multiple, and 1 is nothing beside it.
  const bool is_far = size >= L::exp_usual;
  const auto more = 1 - static_cast<typename L::Unsigned>(is_far) * kFar;
  const Lane<T> y =
      detail::logistic_of(detail::less_ln2(size, sum - kShift), detail::power_in(sum, more));
  return y * choose(is_far, detail::power_of_two<T>(-kFar), Lane<T>(1));
}

// sinh x = x + x^3 (1/3! + z/5! + ...) for |x| < 1, z = x^2; elsewhere and for cosh, with
// q = e^|x| / 4, which is finite where they are: 2 q -+ 1 / (8 q).

template <class T>
[[gnu::always_inline]] constexpr Lane<T> cosh(Lane<T> x) {
  const Lane<T> q = detail::quarter_exp(abs(x));
  return 2 * (q + Lane<T>(0.0625F) / q);
}

template <class T>
[[gnu::always_inline]] constexpr Lane<T> sinh(Lane<T> x) {
  const Lane<T> z = x * x;
  const Lane<T> near = multiply_add(x * z, detail::polynomial<detail::kSinhSeries<T>>(z), x);
  const Lane<T> q = detail::quarter_exp(abs(x));
  return choose(z < 1, near, copysign(2 * (q - Lane<T>(0.0625F) / q), x));
}

}  // namespace nabla::kernels
