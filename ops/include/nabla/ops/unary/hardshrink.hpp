// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Hardshrink : Unary<Hardshrink> {
  static constexpr OpInfo info{.name = "hardshrink",
                               .formula = "y = x for |x| > l, else 0",
                               .gradient = "dy/dx = 1 for |x| > l, else 0",
                               .kinks = "x = l, -l: value 0, slope 0",
                               .source = "Donoho & Johnstone 1994",
                               .singular = {-0.5, 0.5}};
  static constexpr bool cheap = true;
  static constexpr bool masks = true;
  static constexpr OpParameter parameters[]{
      {.name = "l", .value = 0.5, .range = {0.0, std::numeric_limits<double>::infinity()}}};
  double lambda = parameters[0].value;
  static constexpr Hardshrink with(double lambda) {
    Hardshrink op;
    op.lambda = lambda;
    return op;
  }
  template <class T>
  constexpr T value(const T& x) const {
    return choose(x >= -lambda, choose(x <= lambda, T(0), x), x);
  }
  template <class T>
  constexpr T slope(const T& x, const T& /*y*/) const {
    return where(x > lambda, T(1), where(x < -lambda, T(1), T(0)));
  }
};
}  // namespace op

/// x, but 0 where it is within lambda of 0.
template <AnyNumber X>
[[nodiscard]] constexpr auto hardshrink(const X& x, double lambda = op::Hardshrink{}.lambda) {
  return record(op::Hardshrink::with(lambda), x);
}
}  // namespace nabla
