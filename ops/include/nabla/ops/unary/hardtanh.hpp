// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Hardtanh : Unary<Hardtanh> {
  static constexpr OpInfo info{.name = "hardtanh",
                               .formula = "y = min(max(x, lo), hi)",
                               .gradient = "dy/dx = 1 for lo < x < hi, else 0",
                               .kinks = "x = lo, hi: slope 0, where clamp has 1",
                               .accuracy = "exact",
                               .source = "Collobert 2004",
                               .singular = {-1.0, 1.0}};
  static constexpr bool cheap = true;
  static constexpr bool masks = true;
  static constexpr OpParameter parameters[]{{.name = "lo", .value = -1},
                                            {.name = "hi", .value = 1}};
  double lo = parameters[0].value;
  double hi = parameters[1].value;
  static constexpr Hardtanh with(double lo, double hi) {
    Hardtanh op;
    op.lo = lo;
    op.hi = hi;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return choose(x <= lo, T(lo), choose(x >= hi, T(hi), x));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return where(x > lo, where(x < hi, T(1), T(0)), T(0));
  }
};
}  // namespace op

/// x limited to [lo, hi], with slope 0 at both ends.
template <AnyNumber X>
[[nodiscard]] constexpr auto hardtanh(X&& x, double lo = op::Hardtanh{}.lo,
                                      double hi = op::Hardtanh{}.hi) {
  return record(op::Hardtanh::with(lo, hi), std::forward<X>(x));
}
}  // namespace nabla
