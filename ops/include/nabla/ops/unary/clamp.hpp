// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Clamp : Unary<Clamp> {
  static constexpr OpInfo info{.name = "clamp",
                               .formula = "y = min(max(x, lo), hi); in formulas lo = -1, hi = 1",
                               .gradient = "dy/dx = 1 for lo <= x <= hi, else 0",
                               .kinks = "x = lo and x = hi: slope 1; lo > hi: y = hi, slope 0",
                               .source = "definition",
                               .kink_at = 1.0};
  static constexpr bool masks = true;
  double lo = -1.0;
  double hi = 1.0;
  template <class T>
  constexpr T value(const T& x) const {
    return x != x ? x : (hi < lo || x > hi) ? static_cast<T>(hi) : x < lo ? static_cast<T>(lo) : x;
  }
  template <class T>
  constexpr T slope(const T& x, const T& /*y*/) const {
    return where(x >= lo, where(x <= hi, T(1), T(0)), T(0)) * (lo <= hi ? 1 : 0);
  }
};
}  // namespace op

/// x limited to [lo, hi]. NaN stays NaN.
template <Active X>
[[nodiscard]] constexpr auto clamp(const X& x, double lo, double hi) {
  op::Clamp op;
  op.lo = lo;
  op.hi = hi;
  return record(op, x);
}
/// x limited from one side.
template <Active X>
[[nodiscard]] constexpr auto clamp_min(const X& x, double lo) {
  return clamp(x, lo, std::numeric_limits<double>::infinity());
}
template <Active X>
[[nodiscard]] constexpr auto clamp_max(const X& x, double hi) {
  return clamp(x, -std::numeric_limits<double>::infinity(), hi);
}
}  // namespace nabla
