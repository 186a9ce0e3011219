// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/cos.hpp>

namespace nabla {
namespace op {
struct Sin : Unary<Sin> {
  static constexpr OpInfo info{.name = "sin",
                               .formula = "y = sin x",
                               .gradient = "dy/dx = cos x",
                               .accuracy = "<= 0.8 ulp on tensors",
                               .source = "DLMF 4.20"};
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& x) {
    return is_usual_angle(x);
  }
  // GCC calls these for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::sin;
    return sin(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::cos;
    return cos(x);
  }
};
}  // namespace op

/// The sine of x in radians.
template <Active X>
[[nodiscard]] constexpr auto sin(X&& x) {
  return record(op::Sin{}, std::forward<X>(x));
}
}  // namespace nabla
