// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/shrink.hpp>

namespace nabla {
namespace op {
struct Softshrink : Shrink<Softshrink> {
  static constexpr OpInfo info{.name = "softshrink",
                               .formula = "y = x - l for x > l, x + l for x < -l, else 0",
                               .gradient = "dy/dx = 1 for |x| > l, else 0",
                               .kinks = "x = l, -l: slope 0",
                               .accuracy = "<= 0.5 ulp",
                               .source = "Donoho 1995",
                               .singular = {-0.5, 0.5}};
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return choose(x > lambda, x - T(lambda), choose(x < -lambda, x + T(lambda), x * 0));
  }
};
}  // namespace op

/// x brought nearer to 0 by lambda, and 0 if it is nearer than that.
template <AnyNumber X>
[[nodiscard]] constexpr auto softshrink(X&& x, double lambda = op::Softshrink{}.lambda) {
  return record(op::Softshrink::with(lambda), std::forward<X>(x));
}
}  // namespace nabla
