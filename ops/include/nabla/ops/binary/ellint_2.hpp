// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/elliptic_integral.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/elliptic.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/neg.hpp>
#include <nabla/ops/unary/sqrt.hpp>

namespace nabla {
namespace op {
struct Ellint2 : Binary<Ellint2> {
  static constexpr OpInfo info{
      .name = "ellint_2",
      .formula = "y = integral from 0 to b of sqrt(1 - a^2 sin^2 t) dt",
      .gradient = "dy/da = -a elliptic_integral(1, 1, a, b), dy/db = sqrt(1 - a^2 sin^2 b)",
      .domain = "-1 <= a <= 1; NaN outside",
      .kinks = "a = +-1: the limit, dy/da infinite where b passes pi/2; contribution 0 where g = 0",
      .accuracy = "relative error <= 8 eps, beside |a| = 1 <= 40 eps",
      .source = "DLMF 19.2.5, 19.25.9",
      .samples = {{-0.9, 0.9}, {-2.0, 2.0}},
      .singular = {1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return static_cast<T>(
        special::elliptic_integral(0, -1, static_cast<double>(a), static_cast<double>(b)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return -a * record(EllipticIntegral::with(1, 1), a, b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    using std::sqrt;
    return sqrt(EllipticIntegral::delta_squared(a, b));
  }
};
}  // namespace op

/// The incomplete elliptic integral of the second kind, E(phi, k).
/// Shapes    broadcast together
/// Units     phi in radians; k is the modulus, not its square
template <class K, class Phi>
requires Operands<K, Phi>
[[nodiscard]] constexpr auto ellint_2(K&& k, Phi&& phi) {
  return record(op::Ellint2{}, std::forward<K>(k), std::forward<Phi>(phi));
}
}  // namespace nabla
