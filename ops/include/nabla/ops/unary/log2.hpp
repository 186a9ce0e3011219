// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Log2 : Unary<Log2> {
  static constexpr OpInfo info{.name = "log2",
                               .formula = "y = log2 x",
                               .gradient = "dy/dx = 1 / (x ln 2)",
                               .domain = "x > 0; -inf at 0, NaN below",
                               .kinks = "x = 0: slope inf, but contribution 0 where g = 0",
                               .accuracy = "<= 0.8 ulp on tensors",
                               .source = "DLMF 4.2",
                               .samples = {{0.2, 4.0}},
                               .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::log2;
    return log2(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return 1 / (x * T(std::numbers::ln2));
  }
};
}  // namespace op

/// The logarithm to the base 2.
template <Active X>
[[nodiscard]] constexpr auto log2(X&& x) {
  return record(op::Log2{}, std::forward<X>(x));
}
}  // namespace nabla
