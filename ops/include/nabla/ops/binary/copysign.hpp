// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Copysign : Binary<Copysign> {
  static constexpr OpInfo info{.name = "copysign",
                               .formula = "y = |a| with the sign of b",
                               .gradient = "dy/da = 1 where y = a, else -1; dy/db = 0",
                               .domain = "all real numbers; of integers float32",
                               .kinks = "a = 0: dy/da = 0; b = 0: its sign counts, dy/db = 0",
                               .accuracy = "exact",
                               .source = "IEEE 754-2019, 5.5.1",
                               .samples = {{0.3, 2.0}, {-2.0, 2.0}}};
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::copysign;
    return static_cast<T>(copysign(a, b));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& /*b*/, const T& y) {
    return where(a == 0, T(0), where(y == a, T(1), where(y == y, T(-1), T(0))));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& /*a*/, const T& /*b*/,
                                                    const T& /*y*/) {
    return T(0);
  }
};
}  // namespace op

/// The size of a with the sign of b, also that of -0.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto copysign(A&& a, B&& b) {
  return record(op::Copysign{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
