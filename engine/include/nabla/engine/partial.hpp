// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <limits>
#include <type_traits>

// How the engine asks an elementwise op for its numbers, whatever the op is and whatever it is
// applied to: a double, a float, a Value, a Dual, a SIMD pack. An op is an object with
//
//   value(x)     slope(x, y)                      one operand
//   value(a, b)  slope_a(a, b, y), slope_b(...)   two operands
//   value(a, b, c)  slope_a(a, b, c, y), ...      three operands
//
// static or not (an op may have parameters), where y is the value and a slope is the derivative of
// y by one operand. `static constexpr bool cheap = true` says that recomputing the value costs
// less than storing it.

namespace nabla {

/// The derivative of the value by operand I (0, 1 or 2); the arguments are the operands, then y.
template <int I, class Op, class... Ts>
[[gnu::always_inline]] constexpr auto partial(const Op& op, const Ts&... xs_and_y) {
  constexpr int arity = static_cast<int>(sizeof...(Ts)) - 1;
  static_assert(arity >= 1 && arity <= 3 && I >= 0 && I < arity, "no such operand");
  if constexpr (arity == 1) {
    return op.slope(xs_and_y...);
  } else if constexpr (I == 0) {
    return op.slope_a(xs_and_y...);
  } else if constexpr (I == 1) {
    return op.slope_b(xs_and_y...);
  } else {
    return op.slope_c(xs_and_y...);
  }
}

/// True of an op that can be applied to that many numbers of type T.
template <class Op, int Arity, class T = double>
concept has_scalar_rule = (Arity == 1 &&
                           requires(const Op op, T x) { T(op.value(x)), T(op.slope(x, x)); }) ||
                          (Arity == 2 &&
                           requires(const Op op, T x) {
                             T(op.value(x, x)), T(op.slope_a(x, x, x)), T(op.slope_b(x, x, x));
                           }) ||
                          (Arity == 3 && requires(const Op op, T x) {
                            T(op.value(x, x, x)), T(op.slope_a(x, x, x, x)),
                                T(op.slope_c(x, x, x, x));
                          });

namespace detail {

/// True if recomputing the op costs less than storing its value.
template <class Op>
inline constexpr bool is_cheap = [] {
  if constexpr (requires { Op::cheap; }) {
    return static_cast<bool>(Op::cheap);
  } else {
    return false;
  }
}();

/// True of an op that says `static constexpr bool stops_gradient = true`: nothing goes through it,
/// not even an infinite gradient, of which 0 times it would make NaN.
template <class Op>
inline constexpr bool stops_gradient = [] {
  if constexpr (requires { Op::stops_gradient; }) {
    return static_cast<bool>(Op::stops_gradient);
  } else {
    return false;
  }
}();

template <bool>
struct ConstantExpression;

/// The slope where operands and value are NaN: finite only if it does not depend on them.
template <class Op, int I, int Arity>
constexpr double slope_at_nan() {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if constexpr (Arity == 1) {
    return static_cast<double>(partial<I>(Op{}, nan, nan));
  } else if constexpr (Arity == 2) {
    return static_cast<double>(partial<I>(Op{}, nan, nan, nan));
  } else {
    return static_cast<double>(partial<I>(Op{}, nan, nan, nan, nan));
  }
}

/// True if the slope is known to be finite whatever the operands are (+, -, a constant factor),
/// so that a gradient of zero times the slope is zero without looking.
template <class Op, int I, int Arity>
inline constexpr bool slope_is_finite = [] {
  if constexpr (!std::is_empty_v<Op>) {
    return false;
  } else if constexpr (requires {
                         typename ConstantExpression<(slope_at_nan<Op, I, Arity>() ==
                                                      slope_at_nan<Op, I, Arity>())>;
                       }) {
    constexpr double slope = slope_at_nan<Op, I, Arity>();
    constexpr double largest = std::numeric_limits<double>::max();
    return slope >= -largest && slope <= largest;
  } else {
    return false;
  }
}();

}  // namespace detail
}  // namespace nabla
