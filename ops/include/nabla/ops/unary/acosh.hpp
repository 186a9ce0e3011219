// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/sqrt.hpp>

namespace nabla {
namespace op {
struct Acosh : Unary<Acosh> {
  static constexpr OpInfo info{.name = "acosh",
                               .formula = "y = acosh x",
                               .gradient = "dy/dx = 1 / sqrt((x - 1)(x + 1))",
                               .domain = "x >= 1; NaN below",
                               .kinks = "x = 1: slope inf, but contribution 0 where g = 0",
                               .accuracy = "<= 1.7 ulp on tensors",
                               .source = "DLMF 4.38",
                               .samples = {{1.3, 4.0}},
                               .singular = {1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::acosh;
    return acosh(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::sqrt;
    return 1 / (sqrt(x - 1) * sqrt(x + 1));
  }
};
}  // namespace op

/// The inverse hyperbolic cosine, not negative.
template <Active X>
[[nodiscard]] constexpr auto acosh(X&& x) {
  return record(op::Acosh{}, std::forward<X>(x));
}
}  // namespace nabla
