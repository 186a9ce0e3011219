// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/shrink.hpp>

namespace nabla {
namespace op {
struct Hardshrink : Shrink<Hardshrink> {
  static constexpr OpInfo info{.name = "hardshrink",
                               .formula = "y = x for |x| > l, else 0",
                               .gradient = "dy/dx = 1 for |x| > l, else 0",
                               .kinks = "x = l, -l: value 0, slope 0",
                               .accuracy = "exact",
                               .source = "Donoho & Johnstone 1994",
                               .singular = {-0.5, 0.5}};
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return choose(x >= -lambda, choose(x <= lambda, T(0), x), x);
  }
};
}  // namespace op

/// x, but 0 where it is within lambda of 0.
template <AnyNumber X>
[[nodiscard]] constexpr auto hardshrink(X&& x, double lambda = op::Hardshrink{}.lambda) {
  return record(op::Hardshrink::with(lambda), std::forward<X>(x));
}
}  // namespace nabla
