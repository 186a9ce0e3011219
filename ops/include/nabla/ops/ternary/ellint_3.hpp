// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/elliptic_integral.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/elliptic.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/elliptic_integral_3.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/sqrt.hpp>

namespace nabla {
namespace op {
struct Ellint3 : Ternary<Ellint3> {
  static constexpr OpInfo info{
      .name = "ellint_3",
      .formula = "y = integral from 0 to c of 1 / ((1 - b sin^2 t) sqrt(1 - a^2 sin^2 t)) dt",
      .gradient =
          "dy/da = a elliptic_integral_3(1, 1, 3, a, b, c), "
          "dy/db = elliptic_integral_3(1, 2, 1, a, b, c), "
          "dy/dc = 1 / ((1 - b sin^2 c) sqrt(1 - a^2 sin^2 c))",
      .domain = "-1 <= a <= 1, and b sin^2 t <= 1 on the way to c; NaN outside",
      .kinks =
          "a = +-1, b = 1: the limit, infinite where c passes pi/2; contribution 0 where g = 0",
      .accuracy = "relative error <= 8 eps, times 1 / |1 - b sin^2 c| for b > 1",
      .source = "DLMF 19.2.7, 19.25.14; Abramowitz & Stegun 17.7.15",
      .samples = {{-0.9, 0.9}, {-2.0, 0.9}, {-2.0, 2.0}},
      .singular = {1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b, const T& c) {
    return static_cast<T>(special::elliptic_integral_3(
        0, 1, 1, static_cast<double>(a), static_cast<double>(b), static_cast<double>(c)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& c,
                                                    const T& /*y*/) {
    return a * record(EllipticIntegral3::with(1, 1, 3), a, b, c);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& c,
                                                    const T& /*y*/) {
    return record(EllipticIntegral3::with(1, 2, 1), a, b, c);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_c(const T& a, const T& b, const T& c,
                                                    const T& y) {
    using std::sqrt;
    const T slope = 1 / (EllipticIntegral3::distance_from_pole(b, c) *
                         sqrt(EllipticIntegral::delta_squared(a, c)));
    return where(y != y, y, slope);
  }
};
}  // namespace op

/// The incomplete elliptic integral of the third kind, Pi(nu; phi, k), with 1 - nu sin^2 in the
/// denominator as in the C++ standard. There is none beyond the pole of nu > 1.
/// Shapes    broadcast together
/// Units     phi in radians; k is the modulus, not its square
template <class K, class Nu, class Phi>
requires Operands<K, Nu, Phi>
[[nodiscard]] constexpr auto ellint_3(K&& k, Nu&& nu, Phi&& phi) {
  return record(op::Ellint3{}, std::forward<K>(k), std::forward<Nu>(nu), std::forward<Phi>(phi));
}
}  // namespace nabla
