// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/polynomial.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct AssocLaguerre : Unary<AssocLaguerre> {
  static constexpr OpInfo info{.name = "assoc_laguerre",
                               .formula = "y = L_n^(m)(x), orthogonal to the weight x^m e^(-x)",
                               .gradient = "dy/dx = -assoc_laguerre(n - 1, m + 1, x)",
                               .accuracy = "error <= (8 + 2 n) eps times the size of the waves",
                               .source = "DLMF 18.9.1, 18.9.23"};
  static constexpr OpParameter parameters[]{
      {.name = "n", .value = 3, .whole = true, .range = {0, kMaxDegree}},
      {.name = "m", .value = 1, .whole = true, .range = {0, kMaxDegree}}};
  static constexpr bool parameters_lead = true;
  int n = static_cast<int>(parameters[0].value);
  int m = static_cast<int>(parameters[1].value);
  static constexpr AssocLaguerre with(int n, int m) {
    AssocLaguerre op;
    op.n = n;
    op.m = m;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::assoc_laguerre(n, m, static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return -record(with(n - 1, m + 1), x);
  }
};
}  // namespace op

/// The associated Laguerre polynomial of degree n and order m.
/// Errors    DomainError unless 0 <= n, m <= kMaxDegree
template <Active X>
[[nodiscard]] constexpr auto assoc_laguerre(int n, int m, X&& x) {
  return record(detail::with_parameters<op::AssocLaguerre>(n, m), std::forward<X>(x));
}
}  // namespace nabla
