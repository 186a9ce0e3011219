// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
template <Active X>
[[nodiscard]] constexpr auto sin(X&& x);

namespace op {
struct Cos : Unary<Cos> {
  static constexpr OpInfo info{.name = "cos",
                               .formula = "y = cos x",
                               .gradient = "dy/dx = -sin x",
                               .accuracy = "<= 0.8 ulp on tensors",
                               .source = "DLMF 4.20"};
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& x) {
    return is_usual_angle(x);
  }
  // GCC calls these for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::cos;
    return cos(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::sin;
    return -sin(x);
  }
};
}  // namespace op

/// The cosine of x in radians.
template <Active X>
[[nodiscard]] constexpr auto cos(X&& x) {
  return record(op::Cos{}, std::forward<X>(x));
}
}  // namespace nabla

// The two derive each other, so each brings the other along.
#include <nabla/ops/unary/sin.hpp>
