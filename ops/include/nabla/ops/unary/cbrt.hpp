// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Cbrt : Unary<Cbrt> {
  static constexpr OpInfo info{.name = "cbrt",
                               .formula = "y = cbrt x",
                               .gradient = "dy/dx = 1 / (3 y^2)",
                               .kinks = "x = 0: slope inf, but contribution 0 where g = 0",
                               .accuracy = "<= 1 ulp on tensors",
                               .source = "definition",
                               .samples = {{0.3, 4.0}},
                               .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::cbrt;
    return cbrt(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& y) {
    return 1 / (3 * (y * y));
  }
};
}  // namespace op

/// The cube root, also of negative numbers.
template <Active X>
[[nodiscard]] constexpr auto cbrt(X&& x) {
  return record(op::Cbrt{}, std::forward<X>(x));
}
}  // namespace nabla
