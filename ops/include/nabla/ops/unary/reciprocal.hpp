// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct Reciprocal : Unary<Reciprocal> {
  static constexpr OpInfo info{.name = "reciprocal",
                               .formula = "y = 1 / x",
                               .gradient = "dy/dx = -y^2",
                               .domain = "x != 0",
                               .kinks = "x = 0: slope -inf, but contribution 0 where g = 0",
                               .accuracy = "<= 0.5 ulp",
                               .source = "definition",
                               .samples = {{0.3, 3.0}},
                               .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return 1 / x;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& y) {
    return -y * y;
  }
};
}  // namespace op

/// 1 / x.
template <Active X>
[[nodiscard]] constexpr auto reciprocal(X&& x) {
  return record(op::Reciprocal{}, std::forward<X>(x));
}
}  // namespace nabla
