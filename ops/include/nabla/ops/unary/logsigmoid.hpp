// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/neg.hpp>
#include <nabla/ops/unary/sigmoid.hpp>

namespace nabla {
namespace op {
struct Logsigmoid : Unary<Logsigmoid> {
  static constexpr OpInfo info{.name = "logsigmoid",
                               .formula = "y = -ln(1 + e^-x)",
                               .gradient = "dy/dx = 1 / (1 + e^x)",
                               .accuracy = "<= 2 ulp on tensors",
                               .source = "definition"};
  template <class T>
  static constexpr T value(const T& x) {
    using std::abs, std::exp, std::log1p;
    return choose(x < 0, x, T(0)) - log1p(exp(-abs(x)));
  }
  template <class T>
  static constexpr T slope(const T& x, const T& /*y*/) {
    return sigmoid(-x);
  }
};
}  // namespace op

/// The logarithm of sigmoid(x), for any x without overflow.
template <AnyNumber X>
[[nodiscard]] constexpr auto logsigmoid(const X& x) {
  return record(op::Logsigmoid{}, x);
}
}  // namespace nabla
