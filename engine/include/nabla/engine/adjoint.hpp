// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include <nabla/engine/expression.hpp>
#include <nabla/engine/partial.hpp>
#include <nabla/kernels/lane.hpp>

// Arithmetic on adjoints: sums and products of gradients for any kind of number, with the rule
// that a gradient of exactly zero contributes exactly zero, also where the slope is infinite or
// NaN. It is the only arithmetic the engine needs of its own; for a number that is itself
// recorded (a Value inside a Value) it is recorded like any other.

namespace nabla::detail {

struct AdjointSum {
  static constexpr OpInfo info{.name = "add",
                               .symbol = "+",
                               .formula = "y = a + b",
                               .gradient = "dy/da = 1, dy/db = 1",
                               .source = "definition"};
  static constexpr bool cheap = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b);
  template <class T>
  [[gnu::always_inline]] static constexpr int slope_a(const T&, const T&, const T&) {
    return 1;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr int slope_b(const T&, const T&, const T&) {
    return 1;
  }
};

struct AdjointProduct {
  static constexpr OpInfo info{.name = "mul",
                               .symbol = "*",
                               .formula = "y = a b",
                               .gradient = "dy/da = b, dy/db = a",
                               .source = "definition"};
  static constexpr bool cheap = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b);
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T&, const T& b, const T&) {
    return b;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T&, const T&) {
    return a;
  }
};

/// True of a Value and of a Dual of Values: arithmetic on it leaves something on a tape.
template <class T>
inline constexpr bool is_recorded = is_value<T>;
template <class T, int N>
inline constexpr bool is_recorded<Dual<T, N>> = is_recorded<T>;

/// True of a number that is zero and stays zero when anything it came from changes.
template <class T>
[[gnu::always_inline]] constexpr bool is_zero(const T& x) {
  if constexpr (is_value<T>) {
    return !x.has_history() && is_zero(x.value());
  } else if constexpr (is_dual<T>) {
    bool zero = is_zero(x.value());
    for (int i = 0; i < T::directions; ++i) zero = kernels::both(zero, is_zero(x.tangent(i)));
    return zero;
  } else {
    return x == T(0);
  }
}

/// a + b, recorded if T is.
template <class T>
[[gnu::always_inline]] constexpr T sum(const T& a, const T& b) {
  if constexpr (is_dual<T> && !is_recorded<T>) {
    return a.plus(b);
  } else if constexpr (ScalarOperand<T>) {
    if (is_zero(a)) return b;
    return T(make_expression(AdjointSum{}, a, b));
  } else {
    return static_cast<T>(a + b);
  }
}

/// x times a number without history.
template <class U>
constexpr basic_value<U> slope_times(const U& number, const basic_value<U>& x) {
  if constexpr (std::is_arithmetic_v<U>) {
    if (number == U(1)) return x;
  }
  return basic_value<U>(make_expression(AdjointProduct{}, x, Constant<U>(number)));
}

/// g times a slope of type S, which is T or a plain number. Factors that are numbers without
/// history become constants of the statement, and a factor of 1 none.
template <class T, class S>
[[gnu::always_inline]] constexpr T product(const T& g, const S& slope) {
  if constexpr (is_value<T> && std::is_same_v<S, T>) {
    if (!g.has_history()) return slope_times(g.value(), slope);
    if (!slope.has_history()) return slope_times(slope.value(), g);
    return T(make_expression(AdjointProduct{}, g, slope));
  } else if constexpr (is_value<T>) {
    return slope_times(static_cast<typename T::value_type>(slope), g);
  } else if constexpr (is_dual<T> && !is_recorded<T>) {
    return g.times_slope(slope);
  } else if constexpr (ScalarOperand<T>) {
    return T(make_expression(AdjointProduct{}, g, static_cast<T>(slope)));
  } else {
    return static_cast<T>(g * static_cast<T>(slope));
  }
}

/// g times a slope, and zero if g is zero whatever the slope is; for Duals part by part.
template <class T, class S>
[[gnu::always_inline]] constexpr T product_or_zero(const T& g, const S& slope) {
  if constexpr (is_dual<T> && !is_recorded<T>) {
    return product(g, slope);
  } else if constexpr (ScalarOperand<T>) {
    return is_zero(g) ? T(0) : product(g, slope);
  } else if constexpr (std::is_arithmetic_v<T>) {
    const T exact = static_cast<T>(g * static_cast<T>(slope));
    return g == T(0) ? T(0) : exact;
  } else {
    return where(g == T(0), T(0), T(g * T(slope)));
  }
}

/// The same for a tangent, and zero also if the slope is zero whatever the tangent is: what a formula
/// does not use contributes nothing. `kFinite` says that the slope is finite.
template <bool kFinite, class T, class S>
[[gnu::always_inline]] constexpr T tangent_product(const T& tangent, const S& slope) {
  const auto times = [&]() __attribute__((always_inline)) {
    if constexpr (kFinite) {
      return product(tangent, slope);
    } else {
      return product_or_zero(tangent, slope);
    }
  };
  if constexpr (is_dual<T> && !is_recorded<T>) {
    return choose(is_zero(slope), T(0), times());
  } else if constexpr (ScalarOperand<T> || std::is_arithmetic_v<T> || std::is_arithmetic_v<S>) {
    return is_zero(slope) ? T(0) : times();
  } else {
    return where(slope == S(0), T(0), times());
  }
}

template <class T>
constexpr T AdjointSum::value(const T& a, const T& b) {
  return sum(a, b);
}
template <class T>
constexpr T AdjointProduct::value(const T& a, const T& b) {
  return product(a, b);
}

/// What operand I adds to its gradient: g times its slope. `kNonZero` says that g is not zero.
template <int I, bool kNonZero, class T, class Op, class... Ts>
[[gnu::always_inline]] constexpr T contribution(const Op& op, const T& g, const Ts&... xs_and_y) {
  constexpr int arity = static_cast<int>(sizeof...(Ts)) - 1;
  if constexpr (stops_gradient<Op>) {
    return T(0);
  } else if constexpr (kNonZero || slope_is_finite<Op, I, arity>) {
    return product(g, partial<I>(op, xs_and_y...));
  } else {
    return product_or_zero(g, partial<I>(op, xs_and_y...));
  }
}

}  // namespace nabla::detail
