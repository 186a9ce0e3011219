// SPDX-License-Identifier: MIT
#pragma once

#include <numbers>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/elliptic.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/elliptic_integral_3.hpp>

namespace nabla {
namespace op {
struct CompEllint3 : Binary<CompEllint3> {
  static constexpr OpInfo info{
      .name = "comp_ellint_3",
      .formula = "y = integral from 0 to pi/2 of 1 / ((1 - b sin^2 t) sqrt(1 - a^2 sin^2 t)) dt",
      .gradient =
          "dy/da = a elliptic_integral_3(1, 1, 3, a, b, pi/2), "
          "dy/db = elliptic_integral_3(1, 2, 1, a, b, pi/2)",
      .domain = "-1 <= a <= 1, b <= 1; NaN outside",
      .kinks = "a = +-1 or b = 1: y and the slopes infinite, but contribution 0 where g = 0",
      .accuracy = "relative error <= 8 eps",
      .source = "DLMF 19.2.8, 19.25.2; Abramowitz & Stegun 17.7.17",
      .samples = {{-0.9, 0.9}, {-2.0, 0.9}}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return static_cast<T>(special::complete_elliptic_integral_3(0, 1, 1, static_cast<double>(a),
                                                                static_cast<double>(b)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return a * record(EllipticIntegral3::with(1, 1, 3), a, b, T(std::numbers::pi / 2));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    return record(EllipticIntegral3::with(1, 2, 1), a, b, T(std::numbers::pi / 2));
  }
};
}  // namespace op

/// The complete elliptic integral of the third kind, Pi(nu, k), with 1 - nu sin^2 in the denominator as
/// in the C++ standard.
/// Shapes    broadcast together
/// Units     k is the modulus, not its square
template <class K, class Nu>
requires Operands<K, Nu>
[[nodiscard]] constexpr auto comp_ellint_3(K&& k, Nu&& nu) {
  return record(op::CompEllint3{}, std::forward<K>(k), std::forward<Nu>(nu));
}
}  // namespace nabla
