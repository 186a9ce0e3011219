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
struct Acos : Unary<Acos> {
  static constexpr OpInfo info{
      .name = "acos",
      .formula = "y = acos x",
      .gradient = "dy/dx = -1 / sqrt((1 - x)(1 + x))",
      .domain = "-1 <= x <= 1; NaN outside",
      .kinks = "x = -1 and x = 1: slope -inf, but contribution 0 where g = 0",
      .accuracy = "<= 1.1 ulp on tensors",
      .source = "DLMF 4.24",
      .samples = {{-0.8, 0.8}},
      .singular = {-1.0, 1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::acos;
    return acos(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::sqrt;
    return -1 / sqrt((1 - x) * (1 + x));
  }
};
}  // namespace op

/// The inverse cosine, in [0, pi].
template <Active X>
[[nodiscard]] constexpr auto acos(X&& x) {
  return record(op::Acos{}, std::forward<X>(x));
}
}  // namespace nabla
