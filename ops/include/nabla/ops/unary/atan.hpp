// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/abs.hpp>

namespace nabla {
namespace op {
struct Atan : Unary<Atan> {
  static constexpr OpInfo info{.name = "atan",
                               .formula = "y = atan x",
                               .gradient = "dy/dx = 1 / (1 + x^2)",
                               .accuracy = "<= 1.8 ulp on tensors",
                               .source = "DLMF 4.24"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::atan;
    return atan(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    // Far out, where 1 counts for nothing, x^2 would overflow, and the square of the slope underflow.
    using std::abs;
    const T inverse = 1 / x;
    return where(abs(x) > 0x1p27, inverse * inverse, 1 / (1 + x * x));
  }
};
}  // namespace op

/// The inverse tangent, in [-pi/2, pi/2].
template <Active X>
[[nodiscard]] constexpr auto atan(X&& x) {
  return record(op::Atan{}, std::forward<X>(x));
}
}  // namespace nabla
