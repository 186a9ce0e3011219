// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <nabla/engine/adjoint.hpp>
#include <nabla/engine/compare.hpp>
#include <nabla/engine/expression.hpp>
#include <nabla/engine/pack.hpp>
#include <nabla/kernels/lane.hpp>

// A Dual is a number with its derivatives in N directions: forward mode. Every scalar op works on
// it with the same `value` and slopes as on a Value, at once and without a tape:
//
//   f(x + e) = f(x) + f'(x) e,   e^2 = 0
//
// Zero times anything is zero, as in a sweep: an operand that a formula does not use (the other branch
// of where, the smaller of two for maximum) contributes nothing, whatever its tangent is.
//
//   Dual<double> x(2.0, 1.0);             // dx/dx = 1
//   Dual<double> y = x * tanh(x);         // y.tangent() == dy/dx
//
// T may be any number: Dual<Value> is forward over reverse, basic_value<Dual<double>> reverse over
// forward. A plain value type; trivially copyable if T is.

namespace nabla {

template <class T, int N>
class Dual {
 public:
  using value_type = T;
  static constexpr int directions = N;

  /// Zero with tangents zero.
  constexpr Dual() = default;
  /// A number that does not depend on anything.
  template <class A>
  requires std::is_arithmetic_v<A>
  [[gnu::always_inline]] constexpr Dual(A value) : value_(static_cast<T>(value)) {}
  template <class A>
  requires(!std::is_arithmetic_v<T> && std::same_as<A, T>)
      [[gnu::always_inline]] constexpr Dual(const A& value)
      : value_(value) {}
  template <ScalarOperand X>
  requires(detail::depth<X> < detail::ScalarTraits<Dual>::depth && !std::same_as<X, T> &&
           std::constructible_from<T, const X&>)
      [[gnu::always_inline]] constexpr Dual(const X& plainer)
      : value_(static_cast<T>(plainer)) {}
  /// A number with its tangent, or tangents.
  [[gnu::always_inline]] constexpr Dual(const T& value, const T& tangent) requires(N == 1)
      : value_(value), tangents_(tangent) {}
  constexpr Dual(const T& value, const std::array<T, N>& tangents)
      : value_(value), tangents_(tangents) {}

  [[nodiscard, gnu::always_inline]] constexpr const T& value() const { return value_; }
  [[nodiscard, gnu::always_inline]] constexpr T tangent(int direction = 0) const {
    return tangents_[static_cast<std::size_t>(direction)];
  }
  constexpr void set_tangent(int direction, const T& tangent) {
    tangents_.set(static_cast<std::size_t>(direction), tangent);
  }

  /// What the chain rule does with gradients that are Duals: sums, and products of a gradient and a
  /// slope, where a part of the gradient that is exactly zero gives zero whatever the slope is.
  [[nodiscard]] [[gnu::always_inline]] constexpr Dual plus(const Dual& other) const {
    return Dual(detail::sum(value_, other.value_), tangents_.plus(other.tangents_));
  }
  template <class S>
  [[nodiscard]] [[gnu::always_inline]] constexpr Dual times_slope(const S& slope) const {
    if constexpr (std::same_as<S, Dual>) {
      return Dual(
          detail::product_or_zero(value_, slope.value_),
          tangents_.times_or_zero(slope.value_).plus(slope.tangents_.times_number_or_zero(value_)));
    } else {
      return Dual(detail::product(value_, slope), tangents_.times(slope));
    }
  }

  /// The number of one of them, and its tangents.
  [[nodiscard, gnu::always_inline]] friend constexpr Dual choose(bool condition, const Dual& a,
                                                                 const Dual& b) {
    using nabla::choose;
    const T value = choose(condition, a.value_, b.value_);
    if constexpr (N == 1) return Dual(value, choose(condition, a.tangent(), b.tangent()));
    Dual chosen(value);
    for (int i = 0; i < N; ++i)
      chosen.set_tangent(i, choose(condition, a.tangent(i), b.tangent(i)));
    return chosen;
  }

  /// op applied to Duals and plainer numbers.
  template <class Op, class... Xs>
  [[nodiscard, gnu::always_inline]] static constexpr Dual apply(const Op& op, const Xs&... xs) {
    return apply(op, std::make_integer_sequence<int, sizeof...(Xs)>{}, xs...);
  }

 private:
  template <class X>
  [[gnu::always_inline]] static constexpr T number_of(const X& x) {
    if constexpr (std::same_as<X, Dual>) {
      return x.value();
    } else {
      return static_cast<T>(x);
    }
  }

  template <class Op, int... I, class... Xs>
  [[gnu::always_inline]] static constexpr Dual apply(const Op& op, std::integer_sequence<int, I...>,
                                                     const Xs&... xs) {
    const detail::Operands<std::conditional_t<true, T, Xs>...> numbers{number_of(xs)...};
    const T value = detail::compute<T>(op, detail::get<I>(numbers)...);
    detail::Pack<T, N> tangents;
    bool is_first = true;
    const auto add = [&]<int J, class X>(std::integral_constant<int, J>, const X& x)
        __attribute__((always_inline)) {
      if constexpr (std::same_as<X, Dual>) {
        if constexpr (!detail::stops_gradient<Op>) {
          const auto slope = partial<J>(op, detail::get<I>(numbers)..., value);
          constexpr bool is_finite = detail::slope_is_finite<Op, J, sizeof...(Xs)>;
          const detail::Pack<T, N> part = x.tangents_.template tangents_times<is_finite>(slope);
          tangents = is_first ? part : tangents.plus(part);
          is_first = false;
        }
      }
    };
    (add(std::integral_constant<int, I>{}, xs), ...);
    return Dual(value, tangents);
  }

  [[gnu::always_inline]] constexpr Dual(const T& value, const detail::Pack<T, N>& tangents)
      : value_(value), tangents_(tangents) {}

  T value_{};
  detail::Pack<T, N> tangents_;
};

}  // namespace nabla
