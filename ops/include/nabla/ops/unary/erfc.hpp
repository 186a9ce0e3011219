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
struct Erfc : Unary<Erfc> {
  static constexpr OpInfo info{.name = "erfc",
                               .formula = "y = 1 - erf x",
                               .gradient = "dy/dx = -2 / sqrt(pi) e^(-x^2)",
                               .accuracy = "<= 5.1 ulp on tensors",
                               .source = "DLMF 7.2"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::erfc;
    return erfc(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::exp;
    return T(-2 * std::numbers::inv_sqrtpi) * exp(-(x * x));
  }
};
}  // namespace op

/// The complement of the error function, exact where it is small.
template <Active X>
[[nodiscard]] constexpr auto erfc(X&& x) {
  return record(op::Erfc{}, std::forward<X>(x));
}
}  // namespace nabla
