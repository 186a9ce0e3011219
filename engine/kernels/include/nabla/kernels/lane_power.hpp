// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include <nabla/kernels/lane_arithmetic.hpp>
#include <nabla/kernels/lane_exponential.hpp>

// Powers of Lanes with an exponent that is known: multiplications, a root, a division.

namespace nabla::kernels {

/// An exponent: half an integer.
template <int Halves>
struct HalfInteger {
  static constexpr double value = Halves / 2.0;
};

namespace detail {

/// a b, exact but where it leaves the normal range; there `low` may be NaN.
[[gnu::always_inline]] constexpr Pair<double> product(Lane<double> a, Lane<double> b) {
  const Lane<double> high = a * b, a_head = head(a), b_head = head(b);
  const Lane<double> a_tail = a - a_head, b_tail = b - b_head;
  return {high, ((a_head * b_head - high) + a_head * b_tail + a_tail * b_head) + a_tail * b_tail};
}
/// x^3 or x^4, rounded once, or twice below the normal range.
template <int Exponent>
[[gnu::always_inline]] constexpr Lane<double> rounded_power(Lane<double> x) {
  // So small that digits would leave the range: x times 2^64.
  const bool is_small = abs(x) < power_of_two<double>(-200);
  const Lane<double> a = choose(is_small, x * power_of_two<double>(64), x);
  const Lane<double> unit = choose(is_small, power_of_two<double>(-64 * Exponent), Lane<double>(1));
  const Pair<double> square = product(a, a);
  const Pair<double> y = product(square.high, Exponent == 3 ? a : square.high);
  const Lane<double> low = y.low + (Exponent == 3 ? a : 2 * square.high) * square.low;
  // 0 keeps its sign.
  const bool has_rest = both(abs(y.high) <= std::numeric_limits<double>::max(), y.high != 0);
  return choose(has_rest, y.high + low, y.high) * unit;
}

/// The square root, as a power: of no sign for -0, and infinite for -inf.
template <class T>
[[gnu::always_inline]] inline Lane<T> power_half(Lane<T> x) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  return choose(x == Lane<T>(-kInfinity), Lane<T>(kInfinity), sqrt(x + 0));
}

/// Closer to 1 / x, whose first digits y are. What is 0, infinite or NaN stays.
[[gnu::always_inline]] constexpr Lane<double> refined_inverse(Lane<double> x, Lane<double> y) {
  const Lane<double> is_one = x * y;
  return choose(abs(is_one - 1) < 0.5, y * (2 - is_one), y);
}

}  // namespace detail

namespace detail {

/// The powers that cost float and double more than one operation.
template <int Halves>
[[gnu::always_inline]] inline Lane<float> composed_power(Lane<float> x) {
  const Lane<double> a = x.number();
  if constexpr (Halves == 6) {
    return (a * a * a).number();
  } else if constexpr (Halves == 8) {
    return (a * a * (a * a)).number();
  } else if constexpr (Halves == -4 || Halves == -6) {
    const Lane<double> inverse = refined_inverse(a, (1 / x).number());
    return (Halves == -4 ? inverse * inverse : inverse * inverse * inverse).number();
  } else {
    static_assert(Halves == -1 || Halves == -3 || Halves == 3);
    // From y near 1 / sqrt x: y (3 - x y^2) / 2.
    const Lane<float> root = power_half(x), end = 1 / root;
    const Lane<double> y = end.number(), is_one = a * y * y;
    const bool is_inside = abs(is_one - 1) < 0.5;
    const Lane<double> inverse = choose(is_inside, y * (1.5 - 0.5 * is_one), y);
    if constexpr (Halves == -1) return inverse.number();
    if constexpr (Halves == -3) return (inverse * inverse * inverse).number();
    return choose(is_inside, Lane<float>((a * a * inverse).number()), root);
  }
}
template <int Halves>
[[gnu::always_inline]] inline Lane<double> composed_power(Lane<double> x) {
  if constexpr (Halves == 6) {
    return rounded_power<3>(x);
  } else if constexpr (Halves == 8) {
    return rounded_power<4>(x);
  } else {
    return pow(x, Lane<double>(Halves / 2.0));
  }
}

}  // namespace detail

/// x^(Halves / 2), as pow() gives it.
/// Accuracy  <= 1 ulp
template <int Halves, class T>
[[gnu::always_inline]] inline Lane<T> power(Lane<T> x) {
  if constexpr (Halves == 0) {
    return 1;
  } else if constexpr (Halves == 1) {
    return detail::power_half(x);
  } else if constexpr (Halves == 2) {
    return x;
  } else if constexpr (Halves == 4) {
    return x * x;
  } else if constexpr (Halves == -2) {
    return 1 / x;
  } else {
    return detail::composed_power<Halves>(x);
  }
}

/// f(a HalfInteger) where that makes a power cheaper than pow() does, else f(exponent).
template <class F>
void for_exponent(double exponent, const F& f) {
  constexpr int kOther = 5;
  int halves = exponent >= -2 && exponent <= 4 ? static_cast<int>(2 * exponent) : kOther;
  if (2 * exponent != halves) halves = kOther;
  switch (halves) {
    case -4:
      return f(HalfInteger<-4>());
    case -2:
      return f(HalfInteger<-2>());
    case -1:
      return f(HalfInteger<-1>());
    case 0:
      return f(HalfInteger<0>());
    case 1:
      return f(HalfInteger<1>());
    case 2:
      return f(HalfInteger<2>());
    case 3:
      return f(HalfInteger<3>());
    case 4:
      return f(HalfInteger<4>());
    case 6:
      return f(HalfInteger<6>());
    case 8:
      return f(HalfInteger<8>());
    default:
      return f(exponent);
  }
}

}  // namespace nabla::kernels
