// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/zeta.hpp>

namespace nabla {
namespace op {
struct RiemannZeta : Unary<RiemannZeta> {
  static constexpr OpInfo info{
      .name = "riemann_zeta",
      .formula = "y = the n-th derivative of zeta(x), the sum over k >= 1 of k^-x",
      .gradient = "dy/dx = riemann_zeta(x, n + 1)",
      .domain = "x >= -160, x != 1; the limit from the right at 1",
      .kinks = "x = 1: slope infinite, but contribution 0 where g = 0",
      .accuracy = "relative error <= 1e-14 for n <= 2 and x >= 0, else <= 1e-13 away from zeros",
      .source = "DLMF 25.2.1, 25.2.9, 25.4.1",
      .samples = {{1.2, 5.0}},
      .singular = {1.0}};
  static constexpr OpParameter parameters[]{
      {.name = "n", .value = 0, .whole = true, .range = {0, kMaxZetaOrder}}};
  int n = static_cast<int>(parameters[0].value);
  static constexpr RiemannZeta with(int n) {
    RiemannZeta op;
    op.n = n;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::riemann_zeta(n, static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return record(with(n + 1), x);
  }
};
}  // namespace op

/// Riemann's zeta function, or its derivative of order n.
/// Errors    DomainError unless 0 <= n <= kMaxZetaOrder
template <Active X>
[[nodiscard]] constexpr auto riemann_zeta(X&& x, int n = 0) {
  return record(detail::with_parameters<op::RiemannZeta>(n), std::forward<X>(x));
}
}  // namespace nabla
