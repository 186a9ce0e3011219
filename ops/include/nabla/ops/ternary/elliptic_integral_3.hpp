// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/elliptic_integral.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/pow.hpp>
#include <nabla/ops/elliptic.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/cos.hpp>
#include <nabla/ops/unary/sin.hpp>

namespace nabla {
namespace op {
struct EllipticIntegral3 : Ternary<EllipticIntegral3> {
  static constexpr OpInfo info{
      .name = "elliptic_integral_3",
      .formula =
          "y = integral from 0 to c of sin^2n t (1 - b sin^2 t)^-l (1 - a^2 sin^2 t)^(-m/2) dt",
      .gradient =
          "dy/da = m a elliptic_integral_3(n + 1, l, m + 2, a, b, c), "
          "dy/db = l elliptic_integral_3(n + 1, l + 1, m, a, b, c), "
          "dy/dc = sin^2n c (1 - b sin^2 c)^-l (1 - a^2 sin^2 c)^(-m/2)",
      .domain = "-1 <= a <= 1, and b sin^2 t <= 1 on the way to c; NaN outside",
      .kinks =
          "a = +-1, b = 1: the limit, infinite where c passes pi/2; contribution 0 where g = 0",
      .accuracy = "relative error <= 3e-14",
      .source = "DLMF 19.2.7",
      .samples = {{-0.9, 0.9}, {-2.0, 0.9}, {-2.0, 2.0}},
      .singular = {1.0}};
  static constexpr OpParameter parameters[]{
      {.name = "n", .value = 0, .whole = true, .range = {0, kMaxEllipticPower}},
      {.name = "l", .value = 1, .whole = true, .range = {0, kMaxEllipticPower}},
      {.name = "m", .value = 1, .whole = true, .range = {-kMaxEllipticPower, kMaxEllipticPower}}};
  static constexpr bool parameters_lead = true;
  int n = static_cast<int>(parameters[0].value);
  int l = static_cast<int>(parameters[1].value);
  int m = static_cast<int>(parameters[2].value);
  static constexpr EllipticIntegral3 with(int n, int l, int m) {
    EllipticIntegral3 op;
    op.n = n;
    op.l = l;
    op.m = m;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& a, const T& b, const T& c) const {
    return static_cast<T>(special::elliptic_integral_3(
        n, l, m, static_cast<double>(a), static_cast<double>(b), static_cast<double>(c)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_a(const T& a, const T& b, const T& c,
                                             const T& /*y*/) const {
    return T(m) * a * record(with(n + 1, l, m + 2), a, b, c);
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_b(const T& a, const T& b, const T& c,
                                             const T& /*y*/) const {
    return T(l) * record(with(n + 1, l + 1, m), a, b, c);
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_c(const T& a, const T& b, const T& c, const T& y) const {
    using std::sin;
    const T sine = sin(c);
    const T slope = record(Pow{}, T(sine * sine), T(n)) *
                    record(Pow{}, distance_from_pole(b, c), T(-l)) *
                    record(Pow{}, EllipticIntegral::delta_squared(a, c), T(-0.5 * m));
    return where(y != y, y, slope);
  }
  /// 1 - b sin^2 c, in a form that keeps its digits where it is small.
  template <class T>
  [[gnu::always_inline]] static constexpr T distance_from_pole(const T& b, const T& c) {
    using std::cos, std::sin;
    const T sine = sin(c);
    const T cosine = cos(c);
    return cosine * cosine + (1 - b) * (sine * sine);
  }
};
}  // namespace op

/// The integral from 0 to phi of sin^2n t (1 - nu sin^2 t)^-l (1 - k^2 sin^2 t)^(-m/2) dt, of which the
/// elliptic integral of the third kind and its derivatives by k and nu are made.
/// Shapes    broadcast together
/// Units     phi in radians
/// Errors    DomainError unless 0 <= n, l <= kMaxEllipticPower and |m| <= kMaxEllipticPower
template <class K, class Nu, class Phi>
requires Operands<K, Nu, Phi>
[[nodiscard]] constexpr auto elliptic_integral_3(int n, int l, int m, K&& k, Nu&& nu, Phi&& phi) {
  return record(detail::with_parameters<op::EllipticIntegral3>(n, l, m), std::forward<K>(k),
                std::forward<Nu>(nu), std::forward<Phi>(phi));
}
}  // namespace nabla
