// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/hypot.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Asinh : Unary<Asinh> {
  static constexpr OpInfo info{.name = "asinh",
                               .formula = "y = asinh x",
                               .gradient = "dy/dx = 1 / sqrt(1 + x^2)",
                               .accuracy = "<= 1.2 ulp on tensors",
                               .source = "DLMF 4.38"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::asinh;
    return asinh(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::hypot;
    return 1 / hypot(x, T(1));
  }
};
}  // namespace op

/// The inverse hyperbolic sine.
template <Active X>
[[nodiscard]] constexpr auto asinh(X&& x) {
  return record(op::Asinh{}, std::forward<X>(x));
}
}  // namespace nabla
