// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/where.hpp>

// What softshrink and hardshrink have in common: 0 where x is within lambda of 0, slope 1 elsewhere.

namespace nabla {

template <class Self>
struct Shrink : Unary<Self> {
  static constexpr bool cheap = true;
  static constexpr bool masks = true;
  static constexpr OpParameter parameters[]{
      {.name = "l", .value = 0.5, .range = {0.0, std::numeric_limits<double>::infinity()}}};
  double lambda = parameters[0].value;
  static constexpr Self with(double lambda) {
    Self op;
    op.lambda = lambda;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return where(x > lambda, T(1), where(x < -lambda, T(1), T(0)));
  }
};

}  // namespace nabla
