// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Step : Staircase<Step> {
  static constexpr OpInfo info{.name = "step",
                               .formula = "y = 1 for x > 0, else 0",
                               .gradient = "dy/dx = 0",
                               .kinks = "x = 0: value 0, slope 0; NaN: value NaN",
                               .accuracy = "exact",
                               .source = "Rosenblatt 1958",
                               .singular = {0.0}};
  static constexpr bool cheap = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return choose(x > 0, T(1), choose(x <= 0, T(0), x));
  }
};
}  // namespace op

/// 1 where x > 0, else 0: the threshold neuron. Its gradient is 0 everywhere, so it cannot be
/// trained.
template <AnyNumber X>
[[nodiscard]] constexpr auto step(X&& x) {
  return record(op::Step{}, std::forward<X>(x));
}
}  // namespace nabla
