// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Rsqrt : Unary<Rsqrt> {
  static constexpr OpInfo info{.name = "rsqrt",
                               .formula = "y = 1 / sqrt x",
                               .gradient = "dy/dx = -y / (2 x)",
                               .domain = "x > 0; inf at 0, NaN below",
                               .kinks = "x = 0: slope -inf, but contribution 0 where g = 0",
                               .accuracy = "<= 1.5 ulp",
                               .source = "definition",
                               .samples = {{0.3, 4.0}},
                               .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::sqrt;
    return 1 / sqrt(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& y) {
    return T(-0.5) * y / x;
  }
};
}  // namespace op

/// The reciprocal of the square root.
template <AnyNumber X>
[[nodiscard]] constexpr auto rsqrt(X&& x) {
  return record(op::Rsqrt{}, std::forward<X>(x));
}
}  // namespace nabla
