// SPDX-License-Identifier: MIT
#pragma once

#include <numbers>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/sigmoid.hpp>

namespace nabla {
namespace op {
struct GeluTanh : Unary<GeluTanh> {
  static constexpr OpInfo info{
      .name = "gelu_tanh",
      .formula = "y = x (1 + t) / 2, t = tanh u, u = sqrt(2 / pi) (x + 0.044715 x^3)",
      .gradient = "dy/dx = (1 + t + x (1 - t^2) du/dx) / 2",
      .accuracy = "<= 4 + 2 x^2 ulp",
      .source = "Hendrycks & Gimpel 2016"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    // (1 + tanh u) / 2 without its cancellation
    const T p = op::Sigmoid::value(2 * inner(x));
    return choose(p == 0, p, x * p);  // also at -inf
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    const T p = sigmoid(2 * inner(x));
    const T q = p * (1 - p);
    const T du = T(2 * kScale) * (1 + T(3 * kCubic) * (x * x));
    return p + where(q == 0, T(0), x * q * du);  // also at infinity
  }

 private:
  static constexpr double kScale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  static constexpr double kCubic = 0.044715;
  template <class T>
  static constexpr T inner(const T& x) {
    return T(kScale) * x * (1 + T(kCubic) * (x * x));
  }
};
}  // namespace op

/// gelu by the approximation that many published networks were trained with.
template <AnyNumber X>
[[nodiscard]] constexpr auto gelu_tanh(X&& x) {
  return record(op::GeluTanh{}, std::forward<X>(x));
}
}  // namespace nabla
