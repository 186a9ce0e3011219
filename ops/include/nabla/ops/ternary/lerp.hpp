// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Lerp : Ternary<Lerp> {
  static constexpr OpInfo info{
      .name = "lerp",
      .formula = "y = a + c (b - a)",
      .gradient = "dy/da = 1 - c, dy/db = c, dy/dc = b - a",
      .accuracy = "exact at c = 0 and c = 1, else <= 2 ulp of the larger of |a|, |b|",
      .source = "definition"};
  template <class T>
  static constexpr T value(const T& a, const T& b, const T& c) {
    if constexpr (std::is_floating_point_v<T>) {
      return std::lerp(a, b, c);
    } else {
      return lerp(a, b, c);
    }
  }
  template <class T>
  static constexpr T slope_a(const T& /*a*/, const T& /*b*/, const T& c, const T& /*y*/) {
    return 1 - c;
  }
  template <class T>
  static constexpr T slope_b(const T& /*a*/, const T& /*b*/, const T& c, const T& /*y*/) {
    return c;
  }
  template <class T>
  static constexpr T slope_c(const T& a, const T& b, const T& /*c*/, const T& /*y*/) {
    return b - a;
  }
};
}  // namespace op

/// The number at c on the way from a to b: a for c = 0, exactly b for c = 1.
/// Shapes    broadcast together
template <class A, class B, class C>
requires Operands<A, B, C>
[[nodiscard]] constexpr auto lerp(const A& a, const B& b, const C& c) {
  return record(op::Lerp{}, a, b, c);
}
}  // namespace nabla
