// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Ceil : Staircase<Ceil> {
  static constexpr OpInfo info{.name = "ceil",
                               .formula = "y = the smallest integer >= x",
                               .gradient = "dy/dx = 0",
                               .kinks = "x an integer: slope 0, as elsewhere",
                               .accuracy = "exact",
                               .source = "definition",
                               .samples = {{0.15, 0.85}},
                               .singular = {1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::ceil;
    return static_cast<T>(ceil(x));
  }
  static constexpr std::int64_t value(std::int64_t x) { return x; }
};
}  // namespace op

/// The smallest integer that is not smaller than x.
template <Active X>
[[nodiscard]] constexpr auto ceil(X&& x) {
  return record(op::Ceil{}, std::forward<X>(x));
}
}  // namespace nabla
