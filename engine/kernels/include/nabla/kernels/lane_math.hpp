// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <limits>

#include <nabla/kernels/lane_arithmetic.hpp>
#include <nabla/kernels/lane_error_function.hpp>
#include <nabla/kernels/lane_exponential.hpp>
#include <nabla/kernels/lane_trigonometry.hpp>

// The functions of <cmath> on Lanes. They are inlined without asking: a call in a loop would keep
// it from becoming vector code. All but tgamma, fmod, remainder and lerp are arithmetic without
// branches, and right for any argument: zeros, infinities and NaN give what the C library gives.
//
// Accuracy  in units in the last place of the result: below 1 sin, cos, log, log1p, log2, log10,
//           cbrt, pow; below 2 exp, exp2, expm1, tan, the inverses of sin, cos, tan, hyperbolic
//           functions and their inverses, hypot, erf, and sigmoid and softplus, which are made from
//           them; below 3 erfinv; below 5.1 erfc (tests/kernels/lane_math.cpp,
// tests/ops/accuracy.cpp).
//           Results of erfc below the normal range lose digits.

namespace nabla::kernels {

namespace detail {

// (1 + f)^(-1/3) for 1 + f in [sqrt(1/2), sqrt(2)]: interpolated at Chebyshev nodes (mpmath). Its
// error is below 7e-6 of it.
inline constexpr std::array kInverseCubeRoot{1.0000029,    -0.333251829, 0.221696889,
                                             -0.176182938, 0.159364296,  -0.104842627};

}  // namespace detail

// cbrt x = 2^k cbrt(m), m in [0.35, 2.9], by Newton's method from below the line: i near
// 1 / cbrt(m), then y = m i^2 and y - (y^3 - m) i^2 / 3.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> cbrt(Lane<T> x) {
  const Lane<T> size = abs(x);
  const detail::LogArgument<T> a(size);
  const Lane<T> k = detail::rounded_to(a.n * Lane<T>(1.0 / 3), detail::kToInteger<T>);
  const Lane<T> r = a.n - 3 * k;  // -1, 0, 1
  const Lane<T> cube_root =
      choose(r == 0, Lane<T>(1),
             choose(r < 0, Lane<T>(1.2599210498948731648), Lane<T>(1 / 1.2599210498948731648)));
  const Lane<T> m = a.m * choose(r == 0, Lane<T>(1), choose(r < 0, Lane<T>(0.5F), Lane<T>(2)));
  Lane<T> i = cube_root * detail::polynomial<detail::kInverseCubeRoot>(a.m - 1);
  if constexpr (sizeof(T) == 8) i = multiply_add(i, (1 - m * i * i * i) * Lane<T>(1.0 / 3), i);
  const Lane<T> square = i * i;
  const Lane<T> y = m * square;
  const Lane<T> root = y - multiply_add(y * y, y, -m) * (square * Lane<T>(1.0 / 3));
  const Lane<T> result = copysign(root * detail::power_of_two(k), x);
  const bool is_end = either(x == 0, !(size < Lane<T>(std::numeric_limits<T>::infinity())));
  return choose(is_end, x, result);
}

/// sqrt(a^2 + b^2)
[[gnu::always_inline]] inline Lane<float> hypot(Lane<float> a, Lane<float> b) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Lane<double> x = a.number(), y = b.number();
  return choose(either(abs(a) == kInfinity, abs(b) == kInfinity), Lane<float>(kInfinity),
                Lane<float>(sqrt(x * x + y * y).number()));
}
[[gnu::always_inline]] inline Lane<double> hypot(Lane<double> a, Lane<double> b) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Lane<double> greater = choose(abs(a) > abs(b), abs(a), abs(b));
  // So that the greater square is in the range.
  const bool is_great = greater > 0x1p500, is_small = greater < 0x1p-500;
  const Lane<double> scale = choose(is_great, Lane<double>(0x1p-600),
                                    choose(is_small, Lane<double>(0x1p600), Lane<double>(1)));
  const Lane<double> back = choose(is_great, Lane<double>(0x1p600),
                                   choose(is_small, Lane<double>(0x1p-600), Lane<double>(1)));
  const Lane<double> x = a * scale, y = b * scale;
  return choose(either(abs(a) == kInfinity, abs(b) == kInfinity), Lane<double>(kInfinity),
                sqrt(multiply_add(x, x, y * y)) * back);
}

// The functions that a processor has, or that the C library computes number by number.
#define NABLA_LANE_FUNCTION(name)                         \
  template <class T>                                      \
  [[gnu::always_inline]] inline Lane<T> name(Lane<T> x) { \
    return std::name(x.number());                         \
  }
#define NABLA_LANE_FUNCTION_2(name)                                  \
  template <class T>                                                 \
  [[gnu::always_inline]] inline Lane<T> name(Lane<T> a, Lane<T> b) { \
    return std::name(a.number(), b.number());                        \
  }
NABLA_LANE_FUNCTION(floor)
NABLA_LANE_FUNCTION(ceil)
NABLA_LANE_FUNCTION(trunc)
NABLA_LANE_FUNCTION(round)
NABLA_LANE_FUNCTION(rint)
NABLA_LANE_FUNCTION(tgamma)
NABLA_LANE_FUNCTION_2(fmod)
NABLA_LANE_FUNCTION_2(remainder)
#undef NABLA_LANE_FUNCTION
#undef NABLA_LANE_FUNCTION_2

/// Whether fmod takes a and b from UsualLanes.
template <class T>
[[nodiscard, gnu::always_inline]] constexpr bool is_usual_quotient(Lane<T> a, Lane<T> b) {
  constexpr T kEnd = std::numeric_limits<T>::max() / 4;
  const Lane<T> x = abs(a), y = abs(b);
  return !either(!(x < T{1 << 25} * y), either(!(x < Lane<T>(kEnd)), !(y < Lane<T>(kEnd))));
}

// |a| less the nearest multiple of |b|, of 25 digits, and |b| added where that is negative: all
// exact. The products are because one factor is a float or a half of a double; then the numbers are
// near each other.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> fmod(UsualLane<T> a, UsualLane<T> b) {
  const Lane<double> x = abs(Lane<T>(a)).number(), y = abs(Lane<T>(b)).number();
  const Lane<double> n = detail::rounded_to(x / y, detail::kToInteger<double>);
  const Lane<double> y_head = detail::head(y);
  const Lane<double> rest = (x - n * y_head) - n * (y - y_head);
  return copysign(Lane<T>(choose(rest < 0, rest + y, rest).number()), a);
}

/// x 2^n, rounded once: of several factors, one that brings it below the normal range is the last,
/// or what is left is 0.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> ldexp(Lane<T> x, int n) {
  using L = detail::Layout<T>;
  constexpr int kLeast = 1 - L::bias, kMost = L::bias;
  // Products in place of branches, so that a loop can do without.
  const auto part = [&](int least) {
    const int is_above = static_cast<int>(n > kMost), is_below = static_cast<int>(n < kLeast);
    return is_above * kMost + is_below * least;
  };
  for (int i = 0; i < 2; ++i) {
    const int step = part(kLeast + L::mantissa + 1);
    x *= detail::power_of_two<T>(step);
    n -= step;
  }
  const int is_inside = static_cast<int>(n <= kMost) & static_cast<int>(n >= kLeast);
  return x * detail::power_of_two<T>(is_inside * n + part(kLeast));
}
template <class T>
[[gnu::always_inline]] inline Lane<T> fma(Lane<T> a, Lane<T> b, Lane<T> c) {
  return std::fma(a.number(), b.number(), c.number());
}
template <class T>
[[gnu::always_inline]] inline Lane<T> lerp(Lane<T> a, Lane<T> b, Lane<T> t) {
  return std::lerp(a.number(), b.number(), t.number());
}

}  // namespace nabla::kernels
