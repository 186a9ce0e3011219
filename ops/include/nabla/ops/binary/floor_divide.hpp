// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/floor_mod.hpp>
#include <nabla/ops/family/rest.hpp>

namespace nabla {
namespace op {
struct FloorDivide : Quotient<FloorDivide> {
  static constexpr OpInfo info{
      .name = "floor_divide",
      .formula = "y = the greatest integer <= a / b",
      .gradient = "dy/da = 0, dy/db = 0",
      .domain = "b != 0; as a / b there",
      .kinks = "a / b an integer: value jumps, slopes 0 as elsewhere",
      .accuracy = "the exact quotient, rounded to an integer once, if that is below 2^52",
      .source = "definition",
      .samples = {{5.0, 5.6}, {2.3, 2.45}}};
  template <class T>
  static constexpr T rest(const T& a, const T& b) {
    return FloorMod::value(a, b);
  }
  static std::int64_t whole(std::int64_t a, std::int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
  }
};
}  // namespace op

/// a / b rounded down; of int64 too.
/// Shapes    broadcast together
/// Errors    DomainError on an int64 divisor of 0
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto floor_divide(A&& a, B&& b) {
  return record(op::FloorDivide{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
