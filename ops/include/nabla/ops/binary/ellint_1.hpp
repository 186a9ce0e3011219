// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/elliptic_integral.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/elliptic.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/sqrt.hpp>

namespace nabla {
namespace op {
struct Ellint1 : Binary<Ellint1> {
  static constexpr OpInfo info{
      .name = "ellint_1",
      .formula = "y = integral from 0 to b of 1 / sqrt(1 - a^2 sin^2 t) dt",
      .gradient = "dy/da = a elliptic_integral(1, 3, a, b), dy/db = 1 / sqrt(1 - a^2 sin^2 b)",
      .domain = "-1 <= a <= 1; NaN outside",
      .kinks = "a = +-1: the limit, infinite where b passes pi/2; contribution 0 where g = 0",
      .accuracy = "relative error <= 8 eps",
      .source = "DLMF 19.2.4, 19.25.5",
      .samples = {{-0.9, 0.9}, {-2.0, 2.0}},
      .singular = {1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return static_cast<T>(
        special::elliptic_integral(0, 1, static_cast<double>(a), static_cast<double>(b)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return a * record(EllipticIntegral::with(1, 3), a, b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    using std::sqrt;
    return 1 / sqrt(EllipticIntegral::delta_squared(a, b));
  }
};
}  // namespace op

/// The incomplete elliptic integral of the first kind, F(phi, k).
/// Shapes    broadcast together
/// Units     phi in radians; k is the modulus, not its square
template <class K, class Phi>
requires Operands<K, Phi>
[[nodiscard]] constexpr auto ellint_1(K&& k, Phi&& phi) {
  return record(op::Ellint1{}, std::forward<K>(k), std::forward<Phi>(phi));
}
}  // namespace nabla
