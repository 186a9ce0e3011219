// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/sigmoid.hpp>

namespace nabla {
namespace op {
struct Silu : Unary<Silu> {
  static constexpr OpInfo info{.name = "silu",
                               .formula = "y = x s, s = 1 / (1 + e^-x)",
                               .gradient = "dy/dx = s + x s (1 - s)",
                               .accuracy = "<= 3.5 ulp, where e^x is denormal <= |x| ulp",
                               .source = "Elfwing, Uchibe & Doya 2018"};
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& x) {
    return is_usual_exponent(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    const T s = op::Sigmoid::value(x);
    return choose(s == 0, s, T(x * s));  // also at -inf
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    const T s = sigmoid(x);
    const T p = s * (1 - s);
    return s + where(x - x == 0, x, T(0)) * p;  // also at infinity
  }
};
}  // namespace op

/// x times sigmoid(x), also called swish.
template <AnyNumber X>
[[nodiscard]] constexpr auto silu(X&& x) {
  return record(op::Silu{}, std::forward<X>(x));
}
}  // namespace nabla
