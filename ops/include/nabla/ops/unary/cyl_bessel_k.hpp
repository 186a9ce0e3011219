// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/bessel.hpp>

namespace nabla {
namespace op {
struct CylBesselK : CylindricalBessel<CylBesselK> {
  static constexpr OpInfo info{
      .name = "cyl_bessel_k",
      .formula = "y = K_nu(x), the decaying solution of x^2 y'' + x y' - (x^2 + nu^2) y = 0",
      .gradient = "dy/dx = -(cyl_bessel_k(nu - 1, x) + cyl_bessel_k(nu + 1, x)) / 2",
      .domain = "x >= 0; NaN below",
      .kinks = "x = 0: y = inf, slope -inf, but contribution 0 where g = 0",
      .accuracy = "relative error <= 1e-14 for nu, x <= 50",
      .source = "DLMF 10.25.3, 10.29.1",
      .samples = {{0.4, 6.0}},
      .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::cyl_bessel_k(nu, static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return T(-0.5) * (record(with(nu - 1), x) + record(with(nu + 1), x));
  }
};
}  // namespace op

/// The modified Bessel function of the second kind and order nu.
/// Errors    DomainError unless 0 <= nu <= kMaxBesselOrder
template <Active X>
[[nodiscard]] constexpr auto cyl_bessel_k(double nu, X&& x) {
  return record(detail::with_parameters<op::CylBesselK>(nu), std::forward<X>(x));
}
}  // namespace nabla
