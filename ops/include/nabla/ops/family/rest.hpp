// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

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

}  // namespace nabla
