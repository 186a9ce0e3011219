// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/beta_function.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/digamma.hpp>

namespace nabla {
namespace op {
struct Beta : Binary<Beta> {
  static constexpr OpInfo info{
      .name = "beta",
      .formula = "y = Gamma(a) Gamma(b) / Gamma(a + b)",
      .gradient = "dy/da = y (digamma a - digamma(a + b)), dy/db = y (digamma b - digamma(a + b))",
      .domain = "a > 0 and b > 0; inf at 0, NaN below",
      .kinks = "a = 0 or b = 0: slopes NaN, contribution 0 where g = 0",
      .accuracy = "relative error <= 16 eps for a + b <= 170; of a slope, eps y digamma(a + b)",
      .source = "DLMF 5.12.1",
      .samples = {{0.4, 3.0}, {0.6, 4.0}},
      .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return static_cast<T>(special::beta(static_cast<double>(a), static_cast<double>(b)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& y) {
    return where(y == 0, T(0), y * (digamma_of(a) - digamma_of(T(a + b))));  // also at infinity
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& y) {
    return slope_a(b, a, y);
  }

 private:
  template <class T>
  static constexpr T digamma_of(const T& x) {
    return record(Digamma{}, x);
  }
};
}  // namespace op

/// The beta function.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto beta(A&& a, B&& b) {
  return record(op::Beta{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
