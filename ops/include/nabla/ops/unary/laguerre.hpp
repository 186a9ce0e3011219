// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/polynomial.hpp>
#include <nabla/ops/unary/assoc_laguerre.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct Laguerre : Unary<Laguerre> {
  static constexpr OpInfo info{.name = "laguerre",
                               .formula = "y = L_n(x), orthogonal to the weight e^(-x)",
                               .gradient = "dy/dx = -assoc_laguerre(n - 1, 1, x)",
                               .accuracy = "error <= (8 + 2 n) eps times the size of the waves",
                               .source = "DLMF 18.9.1, 18.9.23"};
  static constexpr OpParameter parameters[]{
      {.name = "n", .value = 3, .whole = true, .range = {0, kMaxDegree}}};
  static constexpr bool parameters_lead = true;
  int n = static_cast<int>(parameters[0].value);
  static constexpr Laguerre with(int n) {
    Laguerre op;
    op.n = n;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::assoc_laguerre(n, 0, static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return -record(AssocLaguerre::with(n - 1, 1), x);
  }
};
}  // namespace op

/// The Laguerre polynomial of degree n.
/// Errors    DomainError unless 0 <= n <= kMaxDegree
template <Active X>
[[nodiscard]] constexpr auto laguerre(int n, X&& x) {
  return record(detail::with_parameters<op::Laguerre>(n), std::forward<X>(x));
}
}  // namespace nabla
