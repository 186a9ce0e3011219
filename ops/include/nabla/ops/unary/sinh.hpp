// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/cosh.hpp>

namespace nabla {
namespace op {
struct Sinh : Unary<Sinh> {
  static constexpr OpInfo info{.name = "sinh",
                               .formula = "y = sinh x",
                               .gradient = "dy/dx = cosh x",
                               .accuracy = "<= 1.6 ulp on tensors",
                               .source = "DLMF 4.34"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::sinh;
    return sinh(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::cosh;
    return cosh(x);
  }
};
}  // namespace op

/// The hyperbolic sine.
template <Active X>
[[nodiscard]] constexpr auto sinh(X&& x) {
  return record(op::Sinh{}, std::forward<X>(x));
}
}  // namespace nabla
