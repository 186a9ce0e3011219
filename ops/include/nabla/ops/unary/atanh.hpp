// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Atanh : Unary<Atanh> {
  static constexpr OpInfo info{
      .name = "atanh",
      .formula = "y = atanh x",
      .gradient = "dy/dx = 1 / ((1 - x)(1 + x))",
      .domain = "-1 < x < 1; -inf at -1, inf at 1, NaN outside",
      .kinks = "x = -1 and x = 1: slope inf, but contribution 0 where g = 0",
      .accuracy = "<= 1.5 ulp on tensors",
      .source = "DLMF 4.38",
      .samples = {{-0.8, 0.8}},
      .singular = {-1.0, 1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::atanh;
    return atanh(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return 1 / ((1 - x) * (1 + x));
  }
};
}  // namespace op

/// The inverse hyperbolic tangent.
template <Active X>
[[nodiscard]] constexpr auto atanh(X&& x) {
  return record(op::Atanh{}, std::forward<X>(x));
}
}  // namespace nabla
