// SPDX-License-Identifier: MIT
#pragma once

#include <numbers>
#include <utility>

#include <nabla/ops/binary/elliptic_integral.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/elliptic.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct CompEllint1 : Unary<CompEllint1> {
  static constexpr OpInfo info{
      .name = "comp_ellint_1",
      .formula = "y = integral from 0 to pi/2 of 1 / sqrt(1 - x^2 sin^2 t) dt",
      .gradient = "dy/dx = x elliptic_integral(1, 3, x, pi/2)",
      .domain = "-1 <= x <= 1; NaN outside",
      .kinks = "x = +-1: y = inf, slope +-inf, but contribution 0 where g = 0",
      .accuracy = "relative error <= 8 eps",
      .source = "DLMF 19.2.8, 19.25.1",
      .samples = {{-0.9, 0.9}},
      .singular = {1.0, -1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return static_cast<T>(special::complete_elliptic_integral(0, 1, static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return x * record(EllipticIntegral::with(1, 3), x, T(std::numbers::pi / 2));
  }
};
}  // namespace op

/// The complete elliptic integral of the first kind, K(k).
/// Units     k is the modulus, not its square
template <Active X>
[[nodiscard]] constexpr auto comp_ellint_1(X&& k) {
  return record(op::CompEllint1{}, std::forward<X>(k));
}
}  // namespace nabla
