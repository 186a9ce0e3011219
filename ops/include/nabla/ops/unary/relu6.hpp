// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Relu6 : Unary<Relu6> {
  static constexpr OpInfo info{.name = "relu6",
                               .formula = "y = min(max(x, 0), 6)",
                               .gradient = "dy/dx = 1 for 0 < x < 6, else 0",
                               .kinks = "x = 0, 6: slope 0",
                               .accuracy = "exact",
                               .source = "Krizhevsky 2010",
                               .singular = {0.0, 6.0}};
  static constexpr bool cheap = true;
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return choose(x <= 0, T(0), choose(x >= 6, T(6), x));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return where(x > 0, where(x < 6, T(1), T(0)), T(0));
  }
};
}  // namespace op

/// x limited to [0, 6].
template <AnyNumber X>
[[nodiscard]] constexpr auto relu6(X&& x) {
  return record(op::Relu6{}, std::forward<X>(x));
}
}  // namespace nabla
