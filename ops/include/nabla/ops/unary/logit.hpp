// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Logit : Unary<Logit> {
  static constexpr OpInfo info{
      .name = "logit",
      .formula = "y = ln(x / (1 - x))",
      .gradient = "dy/dx = 1 / (x (1 - x))",
      .domain = "0 <= x <= 1; NaN outside",
      .kinks = "x = 0, 1: value -inf, inf, slope inf, but contribution 0 where g = 0",
      .accuracy = "<= 4 ulp away from x = 1/2; error <= 4 eps beside it",
      .source = "Berkson 1944",
      .samples = {{0.1, 0.9}},
      .singular = {0.0, 1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::log, std::log1p;
    // Around 1/2, where y goes through 0, 2 x - 1 is exact and the quotient above is not.
    const T rest = 1 - x;
    const T middle = log1p((2 * x - 1) / rest);
    return choose(x > 0.25, choose(x < 0.75, middle, log(x / rest)), log(x / rest));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return 1 / x / (1 - x);  // x (1 - x) squared, in its derivative, would underflow
  }
};
}  // namespace op

/// The logarithm of the odds x / (1 - x): undoes sigmoid.
template <AnyNumber X>
[[nodiscard]] constexpr auto logit(X&& x) {
  return record(op::Logit{}, std::forward<X>(x));
}
}  // namespace nabla
