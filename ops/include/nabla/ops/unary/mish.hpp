// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/sigmoid.hpp>
#include <nabla/ops/unary/softplus.hpp>
#include <nabla/ops/unary/tanh.hpp>

namespace nabla {
namespace op {
struct Mish : Unary<Mish> {
  static constexpr OpInfo info{.name = "mish",
                               .formula = "y = x t, t = tanh ln(1 + e^x)",
                               .gradient = "dy/dx = t + x (1 - t^2) / (1 + e^-x)",
                               .accuracy = "<= 4 ulp, where e^x is denormal <= |x| ulp",
                               .source = "Misra 2020"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::tanh;
    const T t = tanh(op::Softplus::value(x));
    return choose(t == 0, t, x * t);  // also at -inf
  }
  // GCC calls this for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::tanh;
    const T t = tanh(softplus(x));
    const T p = (1 - t * t) * sigmoid(x);
    return t + where(x - x == 0, x, T(0)) * p;  // also at infinity
  }
};
}  // namespace op

/// x times tanh(softplus(x)).
template <AnyNumber X>
[[nodiscard]] constexpr auto mish(X&& x) {
  return record(op::Mish{}, std::forward<X>(x));
}
}  // namespace nabla
