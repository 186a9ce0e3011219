// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/inplace.hpp>

namespace nabla {
namespace op {
struct Mul : Binary<Mul> {
  static constexpr OpInfo info{.name = "mul",
                               .symbol = "*",
                               .formula = "y = a b",
                               .gradient = "dy/da = b, dy/db = a",
                               .accuracy = "<= 0.5 ulp",
                               .source = "definition"};
  static constexpr bool cheap = true;
  static constexpr DType least_dtype = boolean;
  static constexpr bool wraps = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return a * b;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& /*a*/, const T& b, const T& /*y*/) {
    return b;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& /*b*/, const T& /*y*/) {
    return a;
  }
};
}  // namespace op

/// a times b, element by element (Hadamard).
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] [[gnu::always_inline]] constexpr auto operator*(A&& a, B&& b) {
  return record(op::Mul{}, std::forward<A>(a), std::forward<B>(b));
}
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto mul(A&& a, B&& b) {
  return record(op::Mul{}, std::forward<A>(a), std::forward<B>(b));
}
/// In place on a Tensor; a Value or a Dual becomes the result.
template <ScalarNumber A, class B>
requires ScalarArguments<A, B>
[[gnu::always_inline]] constexpr A& operator*=(A& a, const B& b) {
  return a = record(op::Mul{}, a, b);
}
template <class B>
requires Operands<Tensor, B> Tensor& operator*=(Tensor& a, const B& b) {
  return detail::record_in_place(op::Mul{}, a, b, "*=");
}
/// In place on a part: x[0] *= b changes x.
template <class B>
requires Operands<Tensor, B> Tensor operator*=(Tensor&& a, const B& b) { return a *= b; }
}  // namespace nabla
