// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/polynomial.hpp>
#include <nabla/ops/unary/gegenbauer.hpp>

namespace nabla {
namespace op {
struct Legendre : Unary<Legendre> {
  static constexpr OpInfo info{.name = "legendre",
                               .formula = "y = P_n(x), orthogonal on [-1, 1]",
                               .gradient = "dy/dx = gegenbauer(n - 1, 3/2, x)",
                               .accuracy = "error <= (8 + 2 n) eps times the size of the waves",
                               .source = "DLMF 18.7.9, 18.9.19",
                               .samples = {{-1.0, 1.0}}};
  static constexpr OpParameter parameters[]{
      {.name = "n", .value = 3, .whole = true, .range = {0, kMaxDegree}}};
  static constexpr bool parameters_lead = true;
  int n = static_cast<int>(parameters[0].value);
  static constexpr Legendre with(int n) {
    Legendre op;
    op.n = n;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::gegenbauer(n, 0.5, static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return record(Gegenbauer::with(n - 1, 1.5), x);
  }
};
}  // namespace op

/// The Legendre polynomial of degree n, a polynomial outside [-1, 1] too.
/// Errors    DomainError unless 0 <= n <= kMaxDegree
template <Active X>
[[nodiscard]] constexpr auto legendre(int n, X&& x) {
  return record(detail::with_parameters<op::Legendre>(n), std::forward<X>(x));
}
}  // namespace nabla
