// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <type_traits>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/polynomial.hpp>

namespace nabla {
namespace op {
struct SphLegendre : Unary<SphLegendre> {
  static constexpr OpInfo info{
      .name = "sph_legendre",
      .formula = "y = Y_l^m(x, 0), normalized on the sphere",
      .gradient =
          "dy/dx = (u(m) sph_legendre(l, m + 1, x) - u(-m) sph_legendre(l, m - 1, x)) / 2, "
          "u(m)^2 = (l - m)(l + m + 1)",
      .accuracy = "error <= (8 + 2 l) eps times the size of the waves",
      .source = "DLMF 14.30.1, 14.10.1, 14.10.2"};
  static constexpr OpParameter parameters[]{
      {.name = "l", .value = 3, .whole = true, .range = {0, kMaxDegree}},
      {.name = "m", .value = 1, .whole = true, .range = {-kMaxDegree, kMaxDegree}}};
  static constexpr bool parameters_lead = true;
  int l = static_cast<int>(parameters[0].value);
  int m = static_cast<int>(parameters[1].value);
  static constexpr SphLegendre with(int l, int m) {
    SphLegendre op;
    op.l = l;
    op.m = m;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::sph_legendre(l, m, static_cast<double>(x)));
  }
  // An order beyond the degree is 0, and so is its factor.
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return T(half_step(m)) * record(with(l, m + 1), x) -
           T(half_step(-m)) * record(with(l, m - 1), x);
  }

 private:
  [[nodiscard]] constexpr double half_step(int from) const {
    if (std::is_constant_evaluated()) return 1.0;  // on a Probe, which only asks what is read
    const double square = (1.0 * l - from) * (1.0 * l + from + 1.0);
    return square > 0 ? 0.5 * std::sqrt(square) : 0.0;
  }
};
}  // namespace op

/// The spherical harmonic of degree l and order m at the polar angle theta and azimuth 0, with the
/// sign (-1)^m for m > 0.
/// Units     theta in radians
/// Errors    DomainError unless 0 <= l <= kMaxDegree and |m| <= kMaxDegree
template <Active X>
[[nodiscard]] constexpr auto sph_legendre(int l, int m, X&& theta) {
  return record(detail::with_parameters<op::SphLegendre>(l, m), std::forward<X>(theta));
}
}  // namespace nabla
