// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/bessel.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct SphBessel : SphericalBessel<SphBessel> {
  static constexpr OpInfo info{
      .name = "sph_bessel",
      .formula = "y = j_n(x) = sqrt(pi / 2x) J_(n + 1/2)(x)",
      .gradient = "dy/dx = (n sph_bessel(n - 1, x) - (n + 1) sph_bessel(n + 1, x)) / (2 n + 1)",
      .domain = "x >= 0; NaN below",
      .kinks = "x = 0: the limit",
      .accuracy = "error <= 1e-14 times the size of the waves for n, x <= 50",
      .source = "DLMF 10.47.3, 10.51.2",
      .samples = {{0.4, 6.0}},
      .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::sph_bessel(n, static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    // The order below 0 would be infinite at x = 0, and does not count.
    const T above = record(with(n + 1), x);
    if (n == 0) return -above;
    return (T(n) * record(with(n - 1), x) - T(n + 1) * above) / T(2 * n + 1);
  }
};
}  // namespace op

/// The spherical Bessel function of the first kind and order n.
/// Errors    DomainError unless 0 <= n <= kMaxBesselOrder
template <Active X>
[[nodiscard]] constexpr auto sph_bessel(int n, X&& x) {
  return record(detail::with_parameters<op::SphBessel>(n), std::forward<X>(x));
}
}  // namespace nabla
