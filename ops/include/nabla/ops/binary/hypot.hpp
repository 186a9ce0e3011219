// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Hypot : Binary<Hypot> {
  static constexpr OpInfo info{.name = "hypot",
                               .formula = "y = sqrt(a^2 + b^2)",
                               .gradient = "dy/da = a / y, dy/db = b / y",
                               .kinks = "a = b = 0: both 0, the subgradient of least norm",
                               .accuracy = "<= 1.2 ulp on tensors",
                               .source = "definition",
                               .samples = {{0.3, 2.0}, {-2.0, 2.0}},
                               .singular = {0.0}};
  template <class T>
  static constexpr T value(const T& a, const T& b) {
    using std::hypot;
    return hypot(a, b);
  }
  template <class T>
  static constexpr T slope_a(const T& a, const T& /*b*/, const T& y) {
    return where(y == 0, T(0), a / y);
  }
  template <class T>
  static constexpr T slope_b(const T& /*a*/, const T& b, const T& y) {
    return where(y == 0, T(0), b / y);
  }
};
}  // namespace op

/// The length of the vector (a, b), without overflow on the way.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto hypot(const A& a, const B& b) { return record(op::Hypot{}, a, b); }
/// The length of the vector (a, b, c).
template <class A, class B, class C>
requires Operands<A, B, C>
[[nodiscard]] constexpr auto hypot(const A& a, const B& b, const C& c) {
  using std::hypot;
  return hypot(hypot(a, b), c);
}
}  // namespace nabla
