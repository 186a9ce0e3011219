// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Expm1 : Unary<Expm1> {
  static constexpr OpInfo info{
      .name = "expm1",
      .formula = "y = e^x - 1",
      .gradient = "dy/dx = y + 1",
      .kinks = "the slope is exact to eps: 0 from x = -18 down in float32, from -38 in float64",
      .accuracy = "<= 1.9 ulp on tensors",
      .source = "DLMF 4.2"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::expm1;
    return expm1(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& y) {
    return y + 1;
  }
};
}  // namespace op

/// e^x - 1, exact for small x.
template <Active X>
[[nodiscard]] constexpr auto expm1(X&& x) {
  return record(op::Expm1{}, std::forward<X>(x));
}
}  // namespace nabla
