// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Fmin : Binary<Fmin> {
  static constexpr OpInfo info{.name = "fmin",
                               .formula = "y = min(a, b), or the other where one is NaN",
                               .gradient = "dy/da = 1 where y = a, 1/2 at a tie, else 0",
                               .kinks = "a = b: 1/2 to each; both NaN: 0 to each",
                               .accuracy = "exact",
                               .source = "IEEE 754-2008, 5.3.1",
                               .singular_at_ties = true};
  static constexpr bool cheap = true;
  static constexpr DType least_dtype = boolean;
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return choose(a < b, a, choose(b != b, a, b));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return share(a, b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    return share(b, a);
  }

 private:
  // What of the gradient goes to x, where the other operand is z.
  template <class T>
  static constexpr T share(const T& x, const T& z) {
    return where(x < z, T(1),
                 where(x == z, T(0.5), where(z == z, T(0), where(x == x, T(1), T(0)))));
  }
};
}  // namespace op

/// The smaller of a and b, element by element. NaN loses: the result is the other operand.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto fmin(A&& a, B&& b) {
  return record(op::Fmin{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
