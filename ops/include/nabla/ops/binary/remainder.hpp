// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nabla/ops/family/rest.hpp>

namespace nabla {
namespace op {
struct Remainder : Rest<Remainder> {
  static constexpr OpInfo info{
      .name = "remainder",
      .formula = "y = a - n b, n the integer nearest to a / b",
      .gradient = "dy/da = 1, dy/db = -n",
      .domain = "b != 0; NaN there",
      .kinks = "a / b halfway between integers: value jumps, slopes as elsewhere",
      .accuracy = "exact",
      .source = "IEEE 754-2019, 5.3.1",
      .samples = {{5.0, 5.6}, {2.3, 2.45}}};
  template <class T>
  static constexpr T value(const T& a, const T& b) {
    using std::remainder;
    return static_cast<T>(remainder(a, b));
  }
};
}  // namespace op

/// The rest of a by the nearest multiple of b, at most half of b in size.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto remainder(const A& a, const B& b) {
  return record(op::Remainder{}, a, b);
}
}  // namespace nabla
