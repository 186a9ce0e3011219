// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/hypot.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct Atan2 : Binary<Atan2> {
  static constexpr OpInfo info{.name = "atan2",
                               .formula = "y = the angle of the point (b, a), in (-pi, pi]",
                               .gradient = "dy/da = b / (a^2 + b^2), dy/db = -a / (a^2 + b^2)",
                               .kinks = "a = b = 0: both 0; a or b infinite: both 0",
                               .accuracy = "<= 1.8 ulp on tensors",
                               .source = "DLMF 4.23",
                               .samples = {{-2.0, 2.0}, {0.4, 2.5}},
                               .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::atan2;
    return atan2(a, b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return over_square(b, a, b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    return -over_square(a, a, b);
  }

 private:
  // x / (a^2 + b^2), where the square itself might overflow or vanish.
  template <class T>
  static constexpr T over_square(const T& x, const T& a, const T& b) {
    using std::hypot;
    const T h = hypot(a, b);
    return where(h == 0, T(0),
                 where(h == std::numeric_limits<double>::infinity(), T(0), x / h / h));
  }
};
}  // namespace op

/// The angle of the point (b, a) from the first axis: the quadrant's own arc tangent of a / b.
/// Shapes    broadcast together
/// Units     radians
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto atan2(A&& a, B&& b) {
  return record(op::Atan2{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
