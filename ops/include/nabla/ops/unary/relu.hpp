// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Relu : Unary<Relu> {
  static constexpr OpInfo info{.name = "relu",
                               .formula = "y = max(x, 0)",
                               .gradient = "dy/dx = 1 for x > 0, else 0",
                               .kinks = "x = 0: slope 0",
                               .accuracy = "exact",
                               .source = "Nair & Hinton 2010",
                               .singular = {0.0}};
  static constexpr bool cheap = true;
  static constexpr DType least_dtype = int64;
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return choose(x <= 0, T(0), x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return where(x > 0, T(1), T(0));
  }
};
}  // namespace op

/// max(x, 0). NaN stays NaN.
template <AnyNumber X>
[[nodiscard]] constexpr auto relu(X&& x) {
  return record(op::Relu{}, std::forward<X>(x));
}
inline Tensor Tensor::relu() const& { return nabla::relu(*this); }
inline Tensor Tensor::relu() && { return nabla::relu(std::move(*this)); }
}  // namespace nabla
