// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nabla/nabla.hpp>

namespace nabla::test {

// An elementwise op whose slope is wrong: cos x is right.
struct WrongSine : Unary<WrongSine> {
  static constexpr OpInfo info{.name = "wrong_sine", .formula = "y = sin x"};
  template <class T>
  static T value(const T& x) {
    using std::sin;
    return sin(x);
  }
  template <class T>
  static T slope(const T& x, const T&) {
    using std::cos;
    return cos(x) * T(1.001);
  }
};

template <Active X>
[[nodiscard]] auto wrong_sine(const X& x) {
  return record(WrongSine{}, x);
}

}  // namespace nabla::test
