// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Sigmoid : Unary<Sigmoid> {
  static constexpr OpInfo info{
      .name = "sigmoid",
      .formula = "y = 1 / (1 + e^-x)",
      .gradient = "dy/dx = y (1 - y)",
      .kinks = "the slope is exact to eps: 0 from x = 18 on in float32, from 38 on in float64",
      .accuracy = "<= 2 ulp on tensors",
      .source = "definition"};
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& x) {
    return is_usual_exponent(x);
  }
  // GCC calls this for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    if constexpr (requires { logistic(x); }) {
      return logistic(x);  // Lanes have their own
    } else {
      using std::abs;
      using std::exp;
      // exp of -|x| cannot overflow; the two branches are mirror images.
      const T e = exp(T(-abs(x)));
      const T sum = 1 + e;
      const T y = choose(x < 0, e, T(1)) / sum;
      return y - y * (e - (sum - 1));  // what the rounding of the sum lost
    }
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& y) {
    return y * (1 - y);
  }
};
}  // namespace op

/// 1 / (1 + e^-x), for any x without overflow.
template <AnyNumber X>
[[nodiscard]] [[gnu::always_inline]] constexpr auto sigmoid(X&& x) {
  return record(op::Sigmoid{}, std::forward<X>(x));
}
inline Tensor Tensor::sigmoid() const& { return nabla::sigmoid(*this); }
inline Tensor Tensor::sigmoid() && { return nabla::sigmoid(std::move(*this)); }
}  // namespace nabla
