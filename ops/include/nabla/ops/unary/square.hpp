// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Square : Unary<Square> {
  static constexpr OpInfo info{.name = "square",
                               .formula = "y = x^2",
                               .gradient = "dy/dx = 2 x",
                               .accuracy = "<= 0.5 ulp",
                               .source = "definition"};
  static constexpr bool has_total = true;
  static constexpr bool cheap = true;
  static constexpr DType least_dtype = int64;
  static constexpr bool wraps = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return x * x;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return 2 * x;
  }
};
}  // namespace op

/// x times x.
template <Active X>
[[nodiscard]] constexpr auto square(X&& x) {
  return record(op::Square{}, std::forward<X>(x));
}
inline Tensor Tensor::square() const& { return nabla::square(*this); }
inline Tensor Tensor::square() && { return nabla::square(std::move(*this)); }
}  // namespace nabla
