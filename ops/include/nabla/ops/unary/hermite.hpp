// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/polynomial.hpp>

namespace nabla {
namespace op {
struct Hermite : Unary<Hermite> {
  static constexpr OpInfo info{.name = "hermite",
                               .formula = "y = H_n(x), orthogonal to the weight e^(-x^2)",
                               .gradient = "dy/dx = 2 n hermite(n - 1, x)",
                               .accuracy = "error <= (8 + 2 n) eps times the size of the waves",
                               .source = "DLMF 18.9.1, 18.9.25"};
  static constexpr OpParameter parameters[]{
      {.name = "n", .value = 3, .whole = true, .range = {0, kMaxDegree}}};
  static constexpr bool parameters_lead = true;
  int n = static_cast<int>(parameters[0].value);
  static constexpr Hermite with(int n) {
    Hermite op;
    op.n = n;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::hermite(n, static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return T(2.0 * n) * record(with(n - 1), x);
  }
};
}  // namespace op

/// The physicist's Hermite polynomial of degree n.
/// Errors    DomainError unless 0 <= n <= kMaxDegree
template <Active X>
[[nodiscard]] constexpr auto hermite(int n, X&& x) {
  return record(detail::with_parameters<op::Hermite>(n), std::forward<X>(x));
}
}  // namespace nabla
