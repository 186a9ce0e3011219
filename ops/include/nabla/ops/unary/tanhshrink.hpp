// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/tanh.hpp>

namespace nabla {
namespace op {
struct Tanhshrink : Unary<Tanhshrink> {
  static constexpr OpInfo info{.name = "tanhshrink",
                               .formula = "y = x - tanh x",
                               .gradient = "dy/dx = tanh^2 x",
                               .accuracy = "<= 4 ulp for |x| > 1; error <= 1 ulp of x below",
                               .source = "DLMF 4.39.1"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::abs, std::tanh;
    // Near 0 the difference cancels. With tanh x = x / (1 + w), w = z / (3 + z / (5 + ...)), z = x^2,
    // it is x w / (1 + w).
    const T z = choose(abs(x) < 1, x * x, T(0));
    T w = T(0);
    for (int odd = 21; odd >= 3; odd -= 2) w = z / (T(odd) + w);
    return choose(abs(x) < 1, x * w / (1 + w), x - tanh(x));
  }
  // GCC calls this for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::tanh;
    const T t = tanh(x);
    return t * t;
  }
};
}  // namespace op

/// What tanh cuts off from x.
template <AnyNumber X>
[[nodiscard]] constexpr auto tanhshrink(X&& x) {
  return record(op::Tanhshrink{}, std::forward<X>(x));
}
}  // namespace nabla
