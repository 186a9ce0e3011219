// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include <nabla/ops/family/rest.hpp>

namespace nabla {
namespace op {
struct TruncDivide : Binary<TruncDivide> {
  static constexpr OpInfo info{.name = "trunc_divide",
                               .formula = "y = a / b without its fraction",
                               .gradient = "dy/da = 0, dy/db = 0",
                               .domain = "b != 0; as a / b there",
                               .kinks = "a / b an integer: value jumps, slopes 0 as elsewhere",
                               .source = "definition",
                               .samples = {{5.0, 5.6}, {2.3, 2.45}}};
  static constexpr DType least_dtype = int64;
  template <class T>
  static constexpr T value(const T& a, const T& b) {
    using std::fmod, std::round;
    return choose(b == 0, a / b, static_cast<T>(round((a - static_cast<T>(fmod(a, b))) / b)));
  }
  static std::int64_t value(std::int64_t a, std::int64_t b) {
    detail::check_divisor(b, info.name);
    return b == -1 ? static_cast<std::int64_t>(-static_cast<std::uint64_t>(a)) : a / b;
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

/// a / b without its fraction; of int64 too.
/// Shapes    broadcast together
/// Errors    DomainError on an int64 divisor of 0
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto trunc_divide(const A& a, const B& b) {
  return record(op::TruncDivide{}, a, b);
}
}  // namespace nabla
