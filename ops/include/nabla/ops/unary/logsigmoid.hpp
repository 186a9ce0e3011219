// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/log1p_exp.hpp>
#include <nabla/ops/unary/neg.hpp>
#include <nabla/ops/unary/sigmoid.hpp>

namespace nabla {
namespace op {
struct Logsigmoid : Unary<Logsigmoid> {
  static constexpr OpInfo info{.name = "logsigmoid",
                               .formula = "y = -ln(1 + e^-x)",
                               .gradient = "dy/dx = 1 / (1 + e^x)",
                               .accuracy = "<= 2 ulp on tensors",
                               .source = "definition"};
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& x) {
    return is_usual_exponent(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::abs;
    return choose(x < 0, x, T(0)) - detail::log1p_exp(T(-abs(x)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return sigmoid(-x);
  }
};
}  // namespace op

/// The logarithm of sigmoid(x), for any x without overflow.
template <AnyNumber X>
[[nodiscard]] [[gnu::always_inline]] constexpr auto logsigmoid(X&& x) {
  return record(op::Logsigmoid{}, std::forward<X>(x));
}
}  // namespace nabla
