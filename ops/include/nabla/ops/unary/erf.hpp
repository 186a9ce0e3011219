// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/exp.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct Erf : Unary<Erf> {
  static constexpr OpInfo info{.name = "erf",
                               .formula = "y = 2 / sqrt(pi) integral from 0 to x of e^(-t^2) dt",
                               .gradient = "dy/dx = 2 / sqrt(pi) e^(-x^2)",
                               .accuracy = "<= 1.4 ulp on tensors",
                               .source = "DLMF 7.2"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::erf;
    return erf(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::exp;
    return T(2 * std::numbers::inv_sqrtpi) * exp(-(x * x));
  }
};
}  // namespace op

/// The error function.
template <Active X>
[[nodiscard]] constexpr auto erf(X&& x) {
  return record(op::Erf{}, std::forward<X>(x));
}
}  // namespace nabla
