// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/polynomial.hpp>

namespace nabla {
namespace op {
struct Gegenbauer : Unary<Gegenbauer> {
  static constexpr OpInfo info{
      .name = "gegenbauer",
      .formula = "y = C_n^(a)(x), orthogonal to the weight (1 - x^2)^(a - 1/2)",
      .gradient = "dy/dx = 2 a gegenbauer(n - 1, a + 1, x)",
      .accuracy = "error <= (8 + 2 n) eps times the size of the waves",
      .source = "DLMF 18.9.1, 18.9.19",
      .samples = {{-1.0, 1.0}}};
  static constexpr OpParameter parameters[]{
      {.name = "n", .value = 3, .whole = true, .range = {0, kMaxDegree}},
      {.name = "a", .value = 1, .range = {std::numeric_limits<double>::min(), kMaxDegree}}};
  static constexpr bool parameters_lead = true;
  int n = static_cast<int>(parameters[0].value);
  double a = parameters[1].value;
  static constexpr Gegenbauer with(int n, double a) {
    Gegenbauer op;
    op.n = n;
    op.a = a;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return static_cast<T>(special::gegenbauer(n, a, static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return T(2 * a) * record(with(n - 1, a + 1), x);
  }
};
}  // namespace op

/// The Gegenbauer polynomial of degree n: Legendre's for a = 1/2, of which it gives the derivatives,
/// and Chebyshev's of the second kind for a = 1.
/// Errors    DomainError unless 0 <= n <= kMaxDegree and a > 0
template <Active X>
[[nodiscard]] constexpr auto gegenbauer(int n, double a, X&& x) {
  return record(detail::with_parameters<op::Gegenbauer>(n, a), std::forward<X>(x));
}
}  // namespace nabla
