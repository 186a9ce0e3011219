// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct AbsoluteError : Binary<AbsoluteError> {
  static constexpr OpInfo info{.name = "absolute_error",
                               .formula = "y = |a - b|",
                               .gradient = "dy/da = sign(a - b), dy/db = sign(b - a)",
                               .kinks = "a = b: both 0, the subgradient of least norm",
                               .accuracy = "<= 0.5 ulp",
                               .source = "definition",
                               .singular_at_ties = true};
  static constexpr bool has_total = true;
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::abs;
    return abs(a - b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return where(a > b, T(1), where(a < b, T(-1), T(0)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    return slope_a(b, a, b);
  }
};
}  // namespace op

/// The absolute value of a - b.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto absolute_error(A&& a, B&& b) {
  return record(op::AbsoluteError{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
