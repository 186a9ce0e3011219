// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include <nabla/engine/error.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/round.hpp>

// What the rests of a division have in common, y = a - n b with an integer n: dy/da = 1 and
// dy/db = -n. They differ in which n they take.

namespace nabla {

template <class Self>
struct Rest : Binary<Self> {
  template <class T>
  static constexpr T slope_a(const T& /*a*/, const T& /*b*/, const T& /*y*/) {
    return T(1);
  }
  // y - a is a multiple of b but for rounding, while a / b may have been rounded to an integer.
  template <class T>
  static constexpr T slope_b(const T& a, const T& b, const T& y) {
    using std::round;
    return round((y - a) / b);
  }
};

namespace detail {
/// Errors    DomainError that names `op` if an integer is to be divided by 0
inline void check_divisor(std::int64_t divisor, std::string_view op) {
  if (divisor == 0)
    throw DomainError("[" + std::string(op) + "] got int64 divided by 0, need another divisor");
}
}  // namespace detail

}  // namespace nabla
