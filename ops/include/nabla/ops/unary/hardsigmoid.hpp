// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Hardsigmoid : Unary<Hardsigmoid> {
  static constexpr OpInfo info{.name = "hardsigmoid",
                               .formula = "y = min(max(x / 6 + 1/2, 0), 1)",
                               .gradient = "dy/dx = 1/6 for -3 < x < 3, else 0",
                               .kinks = "x = -3, 3: slope 0",
                               .accuracy = "<= 1.5 ulp",
                               .source = "Courbariaux, Bengio & David 2015",
                               .singular = {-3.0, 3.0}};
  static constexpr bool cheap = true;
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return choose(x <= -3, T(0), choose(x >= 3, T(1), T(1.0 / 6) * (x + T(3))));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return where(x > -3, where(x < 3, T(1.0 / 6), T(0)), T(0));
  }
};
}  // namespace op

/// A sigmoid of three straight lines.
template <AnyNumber X>
[[nodiscard]] constexpr auto hardsigmoid(X&& x) {
  return record(op::Hardsigmoid{}, std::forward<X>(x));
}
}  // namespace nabla
