// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
// A step of the chain rule in a recorded sweep: the arriving gradient times a slope. Unlike a
// product it is 0 where the gradient is 0, so that an infinite slope off the path leaves no NaN.
struct Chain : Binary<Chain> {
  static constexpr OpInfo info{
      .name = "chain",
      .symbol = "*'",
      .formula = "y = a b, 0 where a = 0",
      .gradient = "dy/da = b, 0 where a = 0 and b is infinite or NaN; dy/db = a",
      .kinks = "a = 0 with b infinite: y = 0; a or b = 0: what is infinite or NaN stops",
      .accuracy = "<= 0.5 ulp",
      .source = "chain rule"};
  static constexpr bool cheap = true;
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return where(a == 0, T(0), a * b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return where(a == 0, where(b - b == 0, b, T(0)), b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& /*b*/, const T& /*y*/) {
    return a;
  }
};
}  // namespace op
}  // namespace nabla
