// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct StopGradient : Unary<StopGradient> {
  static constexpr OpInfo info{.name = "stop_gradient",
                               .formula = "y = x",
                               .gradient = "dy/dx = 0",
                               .kinks = "held: the gradient is 0 by definition",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr bool cheap = true;
  static constexpr bool stops_gradient = true;
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return x;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& /*y*/) {
    return T(0);
  }
};
}  // namespace op

/// The number of x, through which no gradient goes, not even an infinite one. Unlike x.detach() it is
/// recorded, whoever records. It is no op of the registry, because its
/// gradient is not its derivative, which is what ops are checked for. (Of a Tensor: x.detach().)
template <class X>
requires ScalarOperand<X> || std::floating_point<X>
[[nodiscard]] constexpr auto stop_gradient(const X& x) { return record(op::StopGradient{}, x); }
}  // namespace nabla
