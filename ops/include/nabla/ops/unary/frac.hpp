// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Frac : Unary<Frac> {
  static constexpr OpInfo info{.name = "frac",
                               .formula = "y = x - trunc x",
                               .gradient = "dy/dx = 1",
                               .kinks = "x an integer but 0: value jumps, slope 1 as elsewhere",
                               .accuracy = "exact",
                               .source = "definition",
                               .samples = {{0.15, 0.85}}};
  template <class T>
  static constexpr T value(const T& x) {
    using std::trunc;
    return x - static_cast<T>(trunc(x));
  }
  template <class T>
  static constexpr T slope(const T& /*x*/, const T& /*y*/) {
    return T(1);
  }
};
}  // namespace op

/// What stands behind the point, with the sign of x.
template <AnyNumber X>
[[nodiscard]] constexpr auto frac(const X& x) {
  return record(op::Frac{}, x);
}
}  // namespace nabla
