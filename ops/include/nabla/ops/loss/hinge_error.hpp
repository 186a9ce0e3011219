// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct HingeError : Binary<HingeError> {
  static constexpr OpInfo info{.name = "hinge_error",
                               .formula = "y = max(0, 1 - a b)",
                               .gradient = "dy/da = -b where a b < 1, else 0; dy/db = -a there",
                               .kinks = "a b = 1: both 0",
                               .accuracy = "<= 2 ulp of the larger of 1 and |a b|",
                               .source = "Cortes & Vapnik 1995",
                               .samples = {{-3.0, 3.0}, {-1.0, 1.0}},
                               .singular = {-1.0, 1.0}};
  static constexpr bool has_total = true;
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    const T margin = T(1) - a * b;
    return choose(margin <= 0, T(0), margin);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return where(a * b < 1, -b, T(0));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& y) {
    return slope_a(b, a, y);
  }
};
}  // namespace op

/// What a score a and its side b, -1 or 1, lack of a margin of 1.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto hinge_error(A&& a, B&& b) {
  return record(op::HingeError{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
