// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Round : Staircase<Round> {
  static constexpr OpInfo info{.name = "round",
                               .formula = "y = the integer nearest to x, halves away from 0",
                               .gradient = "dy/dx = 0",
                               .kinks = "x + 1/2 an integer: slope 0, as elsewhere",
                               .accuracy = "exact",
                               .source = "definition",
                               .samples = {{-0.35, 0.35}},
                               .singular = {0.5}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::round;
    return static_cast<T>(round(x));
  }
  static constexpr std::int64_t value(std::int64_t x) { return x; }
};
}  // namespace op

/// The nearest integer; halves go away from 0.
template <Active X>
[[nodiscard]] constexpr auto round(X&& x) {
  return record(op::Round{}, std::forward<X>(x));
}
}  // namespace nabla
