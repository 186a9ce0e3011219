// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include <nabla/ops/binary/floor_mod.hpp>
#include <nabla/ops/family/rest.hpp>

namespace nabla {
namespace op {
struct FloorDivide : Binary<FloorDivide> {
  static constexpr OpInfo info{.name = "floor_divide",
                               .formula = "y = the greatest integer <= a / b",
                               .gradient = "dy/da = 0, dy/db = 0",
                               .domain = "b != 0; as a / b there",
                               .kinks = "a / b an integer: value jumps, slopes 0 as elsewhere",
                               .source = "definition",
                               .samples = {{5.0, 5.6}, {2.3, 2.45}}};
  static constexpr DType least_dtype = int64;
  template <class T>
  static constexpr T value(const T& a, const T& b) {
    using std::round;
    return choose(b == 0, a / b, static_cast<T>(round((a - FloorMod::value(a, b)) / b)));
  }
  static std::int64_t value(std::int64_t a, std::int64_t b) {
    detail::check_divisor(b, info.name);
    if (b == -1) return static_cast<std::int64_t>(-static_cast<std::uint64_t>(a));
    const std::int64_t whole = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? whole - 1 : whole;
  }
  template <class T>
  static constexpr T slope_a(const T& /*a*/, const T& /*b*/, const T& /*y*/) {
    return T(0);
  }
  template <class T>
  static constexpr T slope_b(const T& /*a*/, const T& /*b*/, const T& /*y*/) {
    return T(0);
  }
};
}  // namespace op

/// a / b rounded down; of int64 too.
/// Shapes    broadcast together
/// Errors    DomainError on an int64 divisor of 0
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto floor_divide(const A& a, const B& b) {
  return record(op::FloorDivide{}, a, b);
}
}  // namespace nabla
