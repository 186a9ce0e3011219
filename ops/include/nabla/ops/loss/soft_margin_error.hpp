// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/neg.hpp>
#include <nabla/ops/unary/sigmoid.hpp>
#include <nabla/ops/unary/softplus.hpp>

namespace nabla {
namespace op {
struct SoftMarginError : Binary<SoftMarginError> {
  static constexpr OpInfo info{.name = "soft_margin_error",
                               .formula = "y = ln(1 + e^(-a b))",
                               .gradient = "dy/da = -b / (1 + e^(a b)), dy/db = -a / (1 + e^(a b))",
                               .accuracy = "<= 4 ulp, and what rounding a b leaves",
                               .source = "Cox 1958"};
  static constexpr bool has_total = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return Softplus::value(T(-(a * b)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    const T s = sigmoid(-(a * b));
    return where(s == 0, T(0), -b * s);  // also at infinity
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& y) {
    return slope_a(b, a, y);
  }
};
}  // namespace op

/// The logistic loss of a score a and its side b, -1 or 1, without overflow.
/// Shapes    broadcast together
/// Units     nats
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto soft_margin_error(A&& a, B&& b) {
  return record(op::SoftMarginError{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
