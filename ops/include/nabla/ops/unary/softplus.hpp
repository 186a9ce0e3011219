// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/log1p_exp.hpp>
#include <nabla/ops/unary/sigmoid.hpp>

namespace nabla {
namespace op {
struct Softplus : Unary<Softplus> {
  static constexpr OpInfo info{.name = "softplus",
                               .formula = "y = ln(1 + e^x)",
                               .gradient = "dy/dx = 1 / (1 + e^-x)",
                               .accuracy = "<= 2 ulp on tensors",
                               .source = "Dugas et al. 2001"};
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& x) {
    return is_usual_exponent(x);
  }
  // GCC calls this for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::abs;
    return choose(x > 0, x, T(0)) + detail::log1p_exp(T(-abs(x)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return sigmoid(x);
  }
};
}  // namespace op

/// ln(1 + e^x), a smooth ramp; for any x without overflow.
template <AnyNumber X>
[[nodiscard]] [[gnu::always_inline]] constexpr auto softplus(X&& x) {
  return record(op::Softplus{}, std::forward<X>(x));
}
}  // namespace nabla
