// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/erfc.hpp>
#include <nabla/ops/unary/exp.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct Gelu : Unary<Gelu> {
  static constexpr OpInfo info{.name = "gelu",
                               .formula = "y = x P(x), P(x) = erfc(-x / sqrt(2)) / 2",
                               .gradient = "dy/dx = P(x) + x e^(-x^2 / 2) / sqrt(2 pi)",
                               .accuracy = "<= 4 + 2 x^2 ulp on tensors",
                               .source = "Hendrycks & Gimpel 2016"};
  template <class T>
  static constexpr T value(const T& x) {
    const T p = normal_distribution(x);
    return choose(p == 0, p, x * p);  // also at -inf
  }
  template <class T>
  static constexpr T slope(const T& x, const T& /*y*/) {
    using std::exp;
    const T density = T(std::numbers::inv_sqrtpi / std::numbers::sqrt2) * exp(-(x * x) * T(0.5));
    return normal_distribution(x) + where(density == 0, T(0), x * density);
  }

 private:
  template <class T>
  static constexpr T normal_distribution(const T& x) {
    using std::erfc;
    return T(0.5) * erfc(x * T(-std::numbers::sqrt2 / 2));
  }
};
}  // namespace op

/// x times the probability that a standard normal number is below x: a smooth relu.
template <Active X>
[[nodiscard]] constexpr auto gelu(const X& x) {
  return record(op::Gelu{}, x);
}
}  // namespace nabla
