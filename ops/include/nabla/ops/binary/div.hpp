// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/inplace.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct Div : Binary<Div> {
  static constexpr OpInfo info{.name = "div",
                               .symbol = "/",
                               .formula = "y = a / b",
                               .gradient = "dy/da = 1 / b, dy/db = -y / b",
                               .domain = "b != 0",
                               .kinks = "b = 0: slopes inf, but contribution 0 where g = 0",
                               .accuracy = "<= 0.5 ulp",
                               .source = "definition",
                               .samples = {{-2.0, 2.0}, {0.4, 2.5}},
                               .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return a / b;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& /*a*/, const T& b, const T& /*y*/) {
    return 1 / b;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& /*a*/, const T& b, const T& y) {
    return -y / b;
  }
};
}  // namespace op

/// a / b. Integers are divided as float32.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] [[gnu::always_inline]] constexpr auto operator/(A&& a, B&& b) {
  return record(op::Div{}, std::forward<A>(a), std::forward<B>(b));
}
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto div(A&& a, B&& b) {
  return record(op::Div{}, std::forward<A>(a), std::forward<B>(b));
}
/// In place on a Tensor; a Value or a Dual becomes the result.
template <ScalarNumber A, class B>
requires ScalarArguments<A, B>
[[gnu::always_inline]] constexpr A& operator/=(A& a, const B& b) {
  return a = record(op::Div{}, a, b);
}
template <class B>
requires Operands<Tensor, B> Tensor& operator/=(Tensor& a, const B& b) {
  return detail::record_in_place(op::Div{}, a, b, "/=");
}
/// In place on a part: x[0] /= b changes x.
template <class B>
requires Operands<Tensor, B> Tensor operator/=(Tensor&& a, const B& b) { return a /= b; }
}  // namespace nabla
