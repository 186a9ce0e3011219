// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/pow.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/elliptic.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/unary/cos.hpp>
#include <nabla/ops/unary/sin.hpp>

namespace nabla {
namespace op {
struct EllipticIntegral : Binary<EllipticIntegral> {
  static constexpr OpInfo info{
      .name = "elliptic_integral",
      .formula = "y = integral from 0 to b of sin^2n t (1 - a^2 sin^2 t)^(-m/2) dt",
      .gradient =
          "dy/da = m a elliptic_integral(n + 1, m + 2, a, b), "
          "dy/db = sin^2n b (1 - a^2 sin^2 b)^(-m/2)",
      .domain = "-1 <= a <= 1; NaN outside",
      .kinks = "a = +-1: the limit, infinite where b passes pi/2; contribution 0 where g = 0",
      .accuracy = "relative error <= 3e-14",
      .source = "DLMF 19.2.4, 19.2.5",
      .samples = {{-0.9, 0.9}, {-2.0, 2.0}},
      .singular = {1.0}};
  static constexpr OpParameter parameters[]{
      {.name = "n", .value = 0, .whole = true, .range = {0, kMaxEllipticPower}},
      {.name = "m", .value = 1, .whole = true, .range = {-kMaxEllipticPower, kMaxEllipticPower}}};
  static constexpr bool parameters_lead = true;
  int n = static_cast<int>(parameters[0].value);
  int m = static_cast<int>(parameters[1].value);
  static constexpr EllipticIntegral with(int n, int m) {
    EllipticIntegral op;
    op.n = n;
    op.m = m;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& a, const T& b) const {
    return static_cast<T>(
        special::elliptic_integral(n, m, static_cast<double>(a), static_cast<double>(b)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_a(const T& a, const T& b, const T& /*y*/) const {
    return T(m) * a * record(with(n + 1, m + 2), a, b);
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_b(const T& a, const T& b, const T& /*y*/) const {
    using std::sin;
    const T sine = sin(b);
    return record(Pow{}, T(sine * sine), T(n)) * record(Pow{}, delta_squared(a, b), T(-0.5 * m));
  }
  /// 1 - a^2 sin^2 b, in a form that keeps its digits where it is small.
  template <class T>
  [[gnu::always_inline]] static constexpr T delta_squared(const T& a, const T& b) {
    using std::cos, std::sin;
    const T sine = sin(b);
    const T cosine = cos(b);
    return cosine * cosine + (1 - a) * (1 + a) * (sine * sine);
  }
};
}  // namespace op

/// The integral from 0 to phi of sin^2n t (1 - k^2 sin^2 t)^(-m/2) dt, of which the elliptic
/// integrals and their derivatives by k are made.
/// Shapes    broadcast together
/// Units     phi in radians
/// Errors    DomainError unless 0 <= n <= kMaxEllipticPower and |m| <= kMaxEllipticPower
template <class K, class Phi>
requires Operands<K, Phi>
[[nodiscard]] constexpr auto elliptic_integral(int n, int m, K&& k, Phi&& phi) {
  return record(detail::with_parameters<op::EllipticIntegral>(n, m), std::forward<K>(k),
                std::forward<Phi>(phi));
}
}  // namespace nabla
