// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Sqrt : Unary<Sqrt> {
  static constexpr OpInfo info{.name = "sqrt",
                               .formula = "y = sqrt x",
                               .gradient = "dy/dx = 1 / (2 y)",
                               .domain = "x >= 0; NaN below",
                               .kinks = "x = 0: slope inf, but contribution 0 where g = 0",
                               .accuracy = "<= 0.5 ulp",
                               .source = "definition",
                               .samples = {{0.3, 4.0}},
                               .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::sqrt;
    return sqrt(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& y) {
    return 1 / (2 * y);
  }
};
}  // namespace op

/// The square root.
template <Active X>
[[nodiscard]] constexpr auto sqrt(X&& x) {
  return record(op::Sqrt{}, std::forward<X>(x));
}
inline Tensor Tensor::sqrt() const& { return nabla::sqrt(*this); }
inline Tensor Tensor::sqrt() && { return nabla::sqrt(std::move(*this)); }
}  // namespace nabla
