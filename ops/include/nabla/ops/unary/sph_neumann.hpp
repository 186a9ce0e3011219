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
struct SphNeumann : SphericalBessel<SphNeumann> {
  static constexpr OpInfo info{
      .name = "sph_neumann",
      .formula = "y = y_n(x) = sqrt(pi / 2x) Y_(n + 1/2)(x)",
      .gradient = "dy/dx = n / x y - sph_neumann(n + 1, x)",
      .domain = "x >= 0; NaN below",
      .kinks = "x = 0: y = -inf, slope inf, but contribution 0 where g = 0",
      .accuracy = "error <= 1e-14 times the size of the waves for n, x <= 50",
      .source = "DLMF 10.47.4, 10.51.2",
      .samples = {{0.4, 6.0}},
      .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::sph_neumann(n, static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& y) const {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const T above = record(with(n + 1), x);
    return where(above == -kInfinity, T(kInfinity), T(n) / x * y - above);  // beside 0, too
  }
};
}  // namespace op

/// The spherical Bessel function of the second kind and order n.
/// Errors    DomainError unless 0 <= n <= kMaxBesselOrder
template <Active X>
[[nodiscard]] constexpr auto sph_neumann(int n, X&& x) {
  return record(detail::with_parameters<op::SphNeumann>(n), std::forward<X>(x));
}
}  // namespace nabla
