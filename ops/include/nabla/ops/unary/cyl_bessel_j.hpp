// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/bessel.hpp>

namespace nabla {
namespace op {
struct CylBesselJ : CylindricalBessel<CylBesselJ> {
  static constexpr OpInfo info{
      .name = "cyl_bessel_j",
      .formula = "y = J_nu(x), the bounded solution of x^2 y'' + x y' + (x^2 - nu^2) y = 0",
      .gradient = "dy/dx = (cyl_bessel_j(nu - 1, x) - cyl_bessel_j(nu + 1, x)) / 2",
      .domain = "x >= 0; NaN below",
      .kinks = "x = 0: the limit, inf for 0 < nu < 1, but contribution 0 where g = 0",
      .accuracy = "error <= 1e-14 times the size of the waves for nu, x <= 50",
      .source = "DLMF 10.2.2, 10.6.1",
      .samples = {{0.4, 6.0}},
      .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::cyl_bessel_j(nu, static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return T(0.5) * (record(with(nu - 1), x) - record(with(nu + 1), x));
  }
};
}  // namespace op

/// The Bessel function of the first kind and order nu.
/// Errors    DomainError unless 0 <= nu <= kMaxBesselOrder
template <Active X>
[[nodiscard]] constexpr auto cyl_bessel_j(double nu, X&& x) {
  return record(detail::with_parameters<op::CylBesselJ>(nu), std::forward<X>(x));
}
}  // namespace nabla
