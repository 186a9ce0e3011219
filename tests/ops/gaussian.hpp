// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct Gaussian : Unary<Gaussian> {
  static constexpr OpInfo info{.name = "gaussian",
                               .formula = "y = e^(-x^2)",
                               .gradient = "dy/dx = -2 x y",
                               .accuracy = "<= 2 + x^2 ulp",
                               .source = "DLMF 7.2"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::exp;
    return exp(-(x * x));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& y) {
    return -2 * x * y;
  }
};
}  // namespace op

/// e^(-x^2), a bell.
template <Active X>
[[nodiscard]] constexpr auto gaussian(const X& x) {
  return record(op::Gaussian{}, x);
}
}  // namespace nabla
