// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct SquaredError : Binary<SquaredError> {
  static constexpr OpInfo info{.name = "squared_error",
                               .formula = "y = (a - b)^2",
                               .gradient = "dy/da = 2 (a - b), dy/db = -2 (a - b)",
                               .accuracy = "<= 2 ulp",
                               .source = "definition"};
  static constexpr bool has_total = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return (a - b) * (a - b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return T(2) * (a - b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    return T(2) * (b - a);
  }
};
}  // namespace op

/// The square of a - b.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto squared_error(A&& a, B&& b) {
  return record(op::SquaredError{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
