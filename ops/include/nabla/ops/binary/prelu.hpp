// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Prelu : Binary<Prelu> {
  static constexpr OpInfo info{
      .name = "prelu",
      .formula = "y = a for a > 0, else b a",
      .gradient = "dy/da = 1 for a > 0, else b; dy/db = 0 for a > 0, else a",
      .kinks = "a = 0: dy/da = b",
      .accuracy = "<= 0.5 ulp",
      .source = "He et al. 2015",
      .singular = {0.0}};
  static constexpr bool cheap = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return choose(a > 0, a, b * a);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return where(a > 0, T(1), b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& /*b*/, const T& /*y*/) {
    return where(a > 0, T(0), a);
  }
};
}  // namespace op

/// leaky_relu of a with a slope b that can be learned.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto prelu(A&& a, B&& b) {
  return record(op::Prelu{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
