// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/pow.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/polynomial.hpp>
#include <nabla/ops/unary/gegenbauer.hpp>

namespace nabla {
namespace op {
struct AssocLegendre : Unary<AssocLegendre> {
  static constexpr OpInfo info{
      .name = "assoc_legendre",
      .formula = "y = P_l^m(x) = (1 - x^2)^(m/2) times the m-th derivative of P_l",
      .gradient =
          "dy/dx = (1 - x^2)^(m/2) times the next derivative - m x (1 - x^2)^(m/2 - 1) "
          "times the m-th",
      .domain = "-1 <= x <= 1; NaN outside if m is odd",
      .kinks = "x = +-1, m = 1: slope infinite, but contribution 0 where g = 0",
      .accuracy = "error <= (8 + 2 l) eps times the size of the waves",
      .source = "DLMF 14.6.1, 18.9.19",
      .samples = {{-0.9, 0.9}},
      .singular = {1.0, -1.0}};
  static constexpr OpParameter parameters[]{
      {.name = "l", .value = 3, .whole = true, .range = {0, kMaxDegree}},
      {.name = "m", .value = 1, .whole = true, .range = {0, kMaxLegendreOrder}}};
  static constexpr bool parameters_lead = true;
  int l = static_cast<int>(parameters[0].value);
  int m = static_cast<int>(parameters[1].value);
  static constexpr AssocLegendre with(int l, int m) {
    AssocLegendre op;
    op.l = l;
    op.m = m;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::assoc_legendre(l, m, static_cast<double>(x)));
  }
  // These are long: GCC calls them for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    const T inner = product(m + 1, 0.5 * m, x);
    if (m == 0) return inner;
    return inner - T(1.0 * m) * x * product(m, 0.5 * m - 1, x);
  }

 private:
  // The derivative of P_l of this order times (1 - x^2)^power; 0 where the former is.
  template <class T>
  [[gnu::always_inline]] constexpr T product(int order, double power, const T& x) const {
    double factor = 1;
    for (int k = 1; k <= order; ++k) factor *= 2 * k - 1;
    const T derivative = T(factor) * record(Gegenbauer::with(l - order, order + 0.5), x);
    return record(Chain{}, derivative, T(record(Pow{}, T((1 - x) * (1 + x)), T(power))));
  }
};
}  // namespace op

/// The associated Legendre function of degree l and order m, without the sign (-1)^m.
/// Errors    DomainError unless 0 <= l <= kMaxDegree and 0 <= m <= kMaxLegendreOrder
template <Active X>
[[nodiscard]] constexpr auto assoc_legendre(int l, int m, X&& x) {
  return record(detail::with_parameters<op::AssocLegendre>(l, m), std::forward<X>(x));
}
}  // namespace nabla
