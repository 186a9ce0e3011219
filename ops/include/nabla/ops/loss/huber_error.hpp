// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct HuberError : Binary<HuberError> {
  static constexpr OpInfo info{
      .name = "huber_error",
      .formula = "y = d^2 / 2 for |d| <= delta, else delta (|d| - delta / 2), d = a - b",
      .gradient = "dy/da = d, limited to [-delta, delta], dy/db = -dy/da",
      .accuracy = "<= 4 ulp",
      .source = "Huber 1964",
      .samples = {{-3.0, 3.0}, {-0.5, 0.5}}};
  static constexpr bool has_total = true;
  static constexpr OpParameter parameters[]{
      {.name = "delta", .value = 1, .range = {0, std::numeric_limits<double>::infinity()}}};
  double delta = parameters[0].value;
  static constexpr HuberError with(double delta) {
    HuberError op;
    op.delta = delta;
    return op;
  }
  // With c the difference d limited to [-delta, delta], c (d - c / 2) is both forms in one, and does
  // not overflow before y does.
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& a, const T& b) const {
    const T d = a - b;
    const T c = slope_a(a, b, a);
    return c * choose(c == d, T(0.5) * d, d - T(0.5) * c);  // also if both are infinite
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_a(const T& a, const T& b, const T& /*y*/) const {
    const T d = a - b;
    return where(d > delta, T(delta), where(d < -delta, T(-delta), d));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_b(const T& a, const T& b, const T& y) const {
    return slope_a(b, a, y);
  }
};
}  // namespace op

/// The square of a - b, halved, that goes on as a straight line where |a - b| is above delta.
/// Shapes    broadcast together
/// Errors    DomainError unless delta >= 0
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto huber_error(A&& a, B&& b, double delta = op::HuberError{}.delta) {
  return record(detail::with_parameters<op::HuberError>(delta), std::forward<A>(a),
                std::forward<B>(b));
}
}  // namespace nabla
