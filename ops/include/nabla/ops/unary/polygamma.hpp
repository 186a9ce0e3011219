// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/special.hpp>

namespace nabla {
namespace op {
struct Polygamma : Unary<Polygamma> {
  static constexpr OpInfo info{.name = "polygamma",
                               .formula = "y = the n-th derivative of digamma at x",
                               .gradient = "dy/dx = polygamma(n + 1, x)",
                               .domain = "x != 0, -1, -2, ...; NaN there",
                               .kinks = "x = 0, -1, -2, ...: slope NaN, contribution 0 where g = 0",
                               .accuracy = "relative error <= 8 eps for x > 0",
                               .source = "DLMF 5.15",
                               .samples = {{0.5, 4.0}}};
  static constexpr OpParameter parameters[]{
      {.name = "n", .value = 1, .whole = true, .range = {0, kMaxPolygammaOrder}}};
  static constexpr bool parameters_lead = true;
  int n = static_cast<int>(parameters[0].value);
  static constexpr Polygamma with(int n) {
    Polygamma op;
    op.n = n;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    if constexpr ((std::is_floating_point_v<T> || kernels::is_lane<T>)) {
      return static_cast<T>(polygamma(n, static_cast<double>(x)));
    } else {
      return record(*this, x);
    }
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    const Polygamma next = with(n + 1);
    if constexpr ((std::is_floating_point_v<T> || kernels::is_lane<T>)) {
      return next.value(x);
    } else {
      return record(next, x);
    }
  }
};
}  // namespace op

/// The derivative of digamma of order n.
/// Errors    DomainError unless 0 <= n <= kMaxPolygammaOrder
template <Active X>
[[nodiscard]] constexpr auto polygamma(int n, X&& x) {
  if (n < 0 || n > kMaxPolygammaOrder) detail::throw_polygamma_order(n);
  return record(op::Polygamma::with(n), std::forward<X>(x));
}
}  // namespace nabla
