// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include <nabla/engine/expression.hpp>

// Comparisons and classification of scalars (Value, Dual, expressions of them). They look at the
// numbers only and give a plain bool: they are not operations and leave nothing on a tape.
//
//   if (x > 0.0 && isfinite(x * y)) ...;   std::max(x, y)

namespace nabla {

namespace detail {

/// The plain number inside a scalar, or the number one wrapping further in.
template <class X>
[[gnu::always_inline]] constexpr auto number(const X& x) {
  if constexpr (ScalarOperand<X>) {
    return x.value();
  } else {
    return x;
  }
}

/// The plain number inside all wrappings.
template <class X>
constexpr auto plain(const X& x) {
  if constexpr (ScalarOperand<X>) {
    return plain(x.value());
  } else {
    return x;
  }
}

/// The number of `x`, on the level of one wrapping less than the most wrapped of both. An integer
/// becomes a number of the other's kind, as in arithmetic.
template <class X, class Other>
[[gnu::always_inline]] constexpr auto number_beside(const X& x) {
  using Plain = decltype(plain(std::declval<const Other&>()));
  if constexpr (std::is_integral_v<X> && std::is_arithmetic_v<Plain>) {
    return static_cast<Plain>(x);
  } else if constexpr (depth<X> >= depth<Other>) {
    return number(x);
  } else {
    return x;
  }
}

}  // namespace detail

// Comparisons look at the numbers only; they are not operations.

template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] constexpr bool operator==(const A& a, const B& b) {
  return detail::number_beside<A, B>(a) == detail::number_beside<B, A>(b);
}
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] constexpr bool operator!=(const A& a, const B& b) {
  return detail::number_beside<A, B>(a) != detail::number_beside<B, A>(b);
}
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] constexpr bool operator<(const A& a, const B& b) {
  return detail::number_beside<A, B>(a) < detail::number_beside<B, A>(b);
}
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] constexpr bool operator<=(const A& a, const B& b) {
  return detail::number_beside<A, B>(a) <= detail::number_beside<B, A>(b);
}
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] constexpr bool operator>(const A& a, const B& b) {
  return detail::number_beside<A, B>(a) > detail::number_beside<B, A>(b);
}
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] constexpr bool operator>=(const A& a, const B& b) {
  return detail::number_beside<A, B>(a) >= detail::number_beside<B, A>(b);
}

template <ScalarOperand X>
[[nodiscard]] bool isnan(const X& x) {
  return std::isnan(detail::plain(x));
}
template <ScalarOperand X>
[[nodiscard]] bool isinf(const X& x) {
  return std::isinf(detail::plain(x));
}
template <ScalarOperand X>
[[nodiscard]] bool isfinite(const X& x) {
  return std::isfinite(detail::plain(x));
}
template <ScalarOperand X>
[[nodiscard]] bool isnormal(const X& x) {
  return std::isnormal(detail::plain(x));
}
template <ScalarOperand X>
[[nodiscard]] bool signbit(const X& x) {
  return std::signbit(detail::plain(x));
}
template <ScalarOperand X>
[[nodiscard]] int fpclassify(const X& x) {
  return std::fpclassify(detail::plain(x));
}
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] bool isunordered(const A& a, const B& b) { return !(a <= b) && !(a >= b); }
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] bool isgreater(const A& a, const B& b) { return a > b; }
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] bool isgreaterequal(const A& a, const B& b) { return a >= b; }
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] bool isless(const A& a, const B& b) { return a < b; }
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] bool islessequal(const A& a, const B& b) { return a <= b; }
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] bool islessgreater(const A& a, const B& b) { return a < b || a > b; }

// Integers near a number.
template <ScalarOperand X>
[[nodiscard]] int ilogb(const X& x) {
  return std::ilogb(detail::plain(x));
}
template <ScalarOperand X>
[[nodiscard]] long lround(const X& x) {
  return std::lround(detail::plain(x));
}
template <ScalarOperand X>
[[nodiscard]] long long llround(const X& x) {
  return std::llround(detail::plain(x));
}
template <ScalarOperand X>
[[nodiscard]] long lrint(const X& x) {
  return std::lrint(detail::plain(x));
}
template <ScalarOperand X>
[[nodiscard]] long long llrint(const X& x) {
  return std::llrint(detail::plain(x));
}

}  // namespace nabla

/// The limits of the number inside, as numbers without history.
template <class X>
requires(nabla::detail::is_value<X> || nabla::detail::is_dual<X>) class std::numeric_limits<X>
    : public std::numeric_limits<decltype(nabla::detail::plain(X()))> {
  using Plain = std::numeric_limits<decltype(nabla::detail::plain(X()))>;

 public:
  static constexpr X min() noexcept { return Plain::min(); }
  static constexpr X max() noexcept { return Plain::max(); }
  static constexpr X lowest() noexcept { return Plain::lowest(); }
  static constexpr X epsilon() noexcept { return Plain::epsilon(); }
  static constexpr X round_error() noexcept { return Plain::round_error(); }
  static constexpr X infinity() noexcept { return Plain::infinity(); }
  static constexpr X quiet_NaN() noexcept { return Plain::quiet_NaN(); }
  static constexpr X signaling_NaN() noexcept { return Plain::signaling_NaN(); }
  static constexpr X denorm_min() noexcept { return Plain::denorm_min(); }
};
