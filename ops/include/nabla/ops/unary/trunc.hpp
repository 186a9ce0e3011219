// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Trunc : Staircase<Trunc> {
  static constexpr OpInfo info{.name = "trunc",
                               .formula = "y = x without its fraction",
                               .gradient = "dy/dx = 0",
                               .kinks = "x an integer: slope 0, as elsewhere",
                               .accuracy = "exact",
                               .source = "definition",
                               .samples = {{0.15, 0.85}},
                               .singular = {1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::trunc;
    return static_cast<T>(trunc(x));
  }
  static constexpr std::int64_t value(std::int64_t x) { return x; }
};
}  // namespace op

/// The integer part of x.
template <Active X>
[[nodiscard]] constexpr auto trunc(X&& x) {
  return record(op::Trunc{}, std::forward<X>(x));
}
}  // namespace nabla
