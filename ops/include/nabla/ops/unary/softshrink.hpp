// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Softshrink : Unary<Softshrink> {
  static constexpr OpInfo info{.name = "softshrink",
                               .formula = "y = x - l for x > l, x + l for x < -l, else 0",
                               .gradient = "dy/dx = 1 for |x| > l, else 0",
                               .kinks = "x = l, -l: slope 0",
                               .source = "Donoho 1995",
                               .singular = {-0.5, 0.5}};
  static constexpr bool cheap = true;
  static constexpr bool masks = true;
  static constexpr OpParameter parameters[]{
      {.name = "l", .value = 0.5, .range = {0.0, std::numeric_limits<double>::infinity()}}};
  double lambda = parameters[0].value;
  static constexpr Softshrink with(double lambda) {
    Softshrink op;
    op.lambda = lambda;
    return op;
  }
  template <class T>
  constexpr T value(const T& x) const {
    return choose(x > lambda, x - T(lambda), choose(x < -lambda, x + T(lambda), x * 0));
  }
  template <class T>
  constexpr T slope(const T& x, const T& /*y*/) const {
    return where(x > lambda, T(1), where(x < -lambda, T(1), T(0)));
  }
};
}  // namespace op

/// x brought nearer to 0 by lambda, and 0 if it is nearer than that.
template <AnyNumber X>
[[nodiscard]] constexpr auto softshrink(const X& x, double lambda = op::Softshrink{}.lambda) {
  return record(op::Softshrink::with(lambda), x);
}
}  // namespace nabla
