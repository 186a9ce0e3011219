// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/bessel.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct CylNeumann : CylindricalBessel<CylNeumann> {
  static constexpr OpInfo info{
      .name = "cyl_neumann",
      .formula = "y = Y_nu(x), the second solution of x^2 y'' + x y' + (x^2 - nu^2) y = 0",
      .gradient = "dy/dx = cyl_neumann(nu - 1, x) - nu / x y",
      .domain = "x >= 0; NaN below",
      .kinks = "x = 0: y = -inf, slope inf, but contribution 0 where g = 0",
      .accuracy = "error <= 2e-14 times the size of the waves for nu, x <= 50",
      .source = "DLMF 10.2.3, 10.6.2",
      .samples = {{0.4, 6.0}},
      .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::cyl_neumann(nu, static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& y) const {
    const T slope = record(with(nu - 1), x) - T(nu) / x * y;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return where(y == -kInfinity, T(kInfinity), slope);  // beside 0, too
  }
};
}  // namespace op

/// The Bessel function of the second kind and order nu, also called Weber's.
/// Errors    DomainError unless 0 <= nu <= kMaxBesselOrder
template <Active X>
[[nodiscard]] constexpr auto cyl_neumann(double nu, X&& x) {
  return record(detail::with_parameters<op::CylNeumann>(nu), std::forward<X>(x));
}
}  // namespace nabla
