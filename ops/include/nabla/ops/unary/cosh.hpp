// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
template <Active X>
[[nodiscard]] constexpr auto sinh(X&& x);

namespace op {
struct Cosh : Unary<Cosh> {
  static constexpr OpInfo info{.name = "cosh",
                               .formula = "y = cosh x",
                               .gradient = "dy/dx = sinh x",
                               .accuracy = "<= 1.4 ulp on tensors",
                               .source = "DLMF 4.34"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::cosh;
    return cosh(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::sinh;
    return sinh(x);
  }
};
}  // namespace op

/// The hyperbolic cosine.
template <Active X>
[[nodiscard]] constexpr auto cosh(X&& x) {
  return record(op::Cosh{}, std::forward<X>(x));
}
}  // namespace nabla

// The two derive each other, so each brings the other along.
#include <nabla/ops/unary/sinh.hpp>
