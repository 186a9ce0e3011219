// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <type_traits>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/special.hpp>
#include <nabla/ops/unary/exp.hpp>

namespace nabla {
namespace op {
struct Erfinv : Unary<Erfinv> {
  static constexpr OpInfo info{
      .name = "erfinv",
      .formula = "erf y = x",
      .gradient = "dy/dx = sqrt(pi) / 2 e^(y^2)",
      .domain = "-1 <= x <= 1; NaN outside",
      .kinks = "x = -1, 1: value -inf, inf, slope inf, but contribution 0 where g = 0",
      .accuracy = "relative error <= 4 eps",
      .source = "DLMF 7.17",
      .samples = {{-0.9, 0.9}},
      .singular = {-1.0, 1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(inverse_erf(static_cast<double>(x)));
    } else {
      return erfinv(x);
    }
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& y) {
    using std::exp;
    return T(0.5 / std::numbers::inv_sqrtpi) * exp(y * y);
  }
};
}  // namespace op

/// The number whose erf is x.
template <AnyNumber X>
[[nodiscard]] constexpr auto erfinv(X&& x) {
  return record(op::Erfinv{}, std::forward<X>(x));
}
}  // namespace nabla
