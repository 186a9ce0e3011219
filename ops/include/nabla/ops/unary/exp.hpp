// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Exp : Unary<Exp> {
  static constexpr OpInfo info{.name = "exp",
                               .formula = "y = e^x",
                               .gradient = "dy/dx = y",
                               .accuracy = "<= 1.1 ulp on tensors",
                               .source = "DLMF 4.2"};
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& x) {
    return is_usual_exponent(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::exp;
    return exp(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& y) {
    return y;
  }
};
}  // namespace op

/// e to the power x.
template <Active X>
[[nodiscard]] constexpr auto exp(X&& x) {
  return record(op::Exp{}, std::forward<X>(x));
}
inline Tensor Tensor::exp() const& { return nabla::exp(*this); }
inline Tensor Tensor::exp() && { return nabla::exp(std::move(*this)); }
}  // namespace nabla
