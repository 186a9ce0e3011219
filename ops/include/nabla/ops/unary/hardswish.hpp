// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Hardswish : Unary<Hardswish> {
  static constexpr OpInfo info{.name = "hardswish",
                               .formula = "y = x min(max(x + 3, 0), 6) / 6",
                               .gradient = "dy/dx = 0 for x <= -3, 1 for x >= 3, else x / 3 + 1/2",
                               .kinks = "x = -3: slope 0; x = 3: slope 1",
                               .accuracy = "<= 3 ulp",
                               .source = "Howard et al. 2019",
                               .singular = {-3.0, 3.0}};
  static constexpr bool cheap = true;
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return choose(x <= -3, T(0), choose(x >= 3, x, x * (x + 3) * T(1.0 / 6)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return where(x <= -3, T(0), where(x >= 3, T(1), (x + T(1.5)) * T(1.0 / 3)));
  }
};
}  // namespace op

/// silu with the sigmoid of three straight lines.
template <AnyNumber X>
[[nodiscard]] constexpr auto hardswish(X&& x) {
  return record(op::Hardswish{}, std::forward<X>(x));
}
}  // namespace nabla
