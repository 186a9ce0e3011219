// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Threshold : Unary<Threshold> {
  static constexpr OpInfo info{.name = "threshold",
                               .formula = "y = x for x > t, else v",
                               .gradient = "dy/dx = 1 for x > t, else 0",
                               .kinks = "x = t: value v, slope 0",
                               .accuracy = "exact",
                               .source = "definition",
                               .singular = {0.0}};
  static constexpr bool cheap = true;
  static constexpr bool masks = true;
  static constexpr OpParameter parameters[]{{.name = "t", .value = 0}, {.name = "v", .value = 0}};
  double limit = parameters[0].value;
  double otherwise = parameters[1].value;
  static constexpr Threshold with(double limit, double otherwise) {
    Threshold op;
    op.limit = limit;
    op.otherwise = otherwise;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return choose(x <= limit, T(otherwise), x);
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return where(x > limit, T(1), T(0));
  }
};
}  // namespace op

/// x where it is greater than `limit`, another number elsewhere. NaN stays NaN.
template <AnyNumber X>
[[nodiscard]] constexpr auto threshold(X&& x, double limit = op::Threshold{}.limit,
                                       double otherwise = op::Threshold{}.otherwise) {
  return record(op::Threshold::with(limit, otherwise), std::forward<X>(x));
}
}  // namespace nabla
