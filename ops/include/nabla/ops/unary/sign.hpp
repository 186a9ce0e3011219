// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Sign : Staircase<Sign> {
  static constexpr OpInfo info{.name = "sign",
                               .formula = "y = 1 for x > 0, -1 for x < 0, 0 for x = 0",
                               .gradient = "dy/dx = 0",
                               .kinks = "x = 0: value 0, slope 0; NaN: value NaN",
                               .accuracy = "exact",
                               .source = "definition",
                               .singular = {0.0}};
  static constexpr bool cheap = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return choose(x > 0, T(1), choose(x < 0, T(-1), x));
  }
  static constexpr std::int64_t value(std::int64_t x) {
    return static_cast<std::int64_t>(x > 0) - static_cast<std::int64_t>(x < 0);
  }
};
}  // namespace op

/// The sign of x as a number: -1, 0 or 1.
template <AnyNumber X>
[[nodiscard]] constexpr auto sign(X&& x) {
  return record(op::Sign{}, std::forward<X>(x));
}
}  // namespace nabla
