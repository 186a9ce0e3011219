// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Minimum : Binary<Minimum> {
  static constexpr OpInfo info{.name = "minimum",
                               .formula = "y = min(a, b)",
                               .gradient = "dy/da = 1 where a < b, 1/2 at a tie, else 0",
                               .kinks = "a = b: 1/2 to each",
                               .accuracy = "exact",
                               .source = "definition",
                               .singular_at_ties = true};
  static constexpr bool cheap = true;
  static constexpr DType least_dtype = boolean;
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return choose(a != a, a, choose(b != b, b, choose(a < b, a, b)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return where(a < b, T(1), where(a == b, T(0.5), T(0)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    return where(b < a, T(1), where(a == b, T(0.5), T(0)));
  }
};
}  // namespace op

/// The smaller of a and b, element by element. NaN wins.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto minimum(A&& a, B&& b) {
  return record(op::Minimum{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
