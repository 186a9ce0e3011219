// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Tan : Unary<Tan> {
  static constexpr OpInfo info{.name = "tan",
                               .formula = "y = tan x",
                               .gradient = "dy/dx = 1 + y^2",
                               .domain = "x != pi/2 + k pi",
                               .accuracy = "<= 1.4 ulp on tensors",
                               .source = "DLMF 4.20",
                               .samples = {{-1.2, 1.2}}};
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& x) {
    return is_usual_angle(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::tan;
    return tan(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& y) {
    return 1 + y * y;
  }
};
}  // namespace op

/// The tangent of x in radians.
template <Active X>
[[nodiscard]] constexpr auto tan(X&& x) {
  return record(op::Tan{}, std::forward<X>(x));
}
}  // namespace nabla
