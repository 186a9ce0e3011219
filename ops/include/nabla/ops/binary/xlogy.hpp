// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/log.hpp>

namespace nabla {
namespace op {
struct Xlogy : Binary<Xlogy> {
  static constexpr OpInfo info{.name = "xlogy",
                               .formula = "y = a ln b, 0 where a = 0",
                               .gradient = "dy/da = ln b, dy/db = a / b",
                               .domain = "b > 0, or a = 0",
                               .kinks = "a = 0 and b <= 0: both slopes 0",
                               .accuracy = "<= 2 ulp",
                               .source = "definition",
                               .samples = {{-2.0, 2.0}, {0.3, 3.0}},
                               .singular = {0.0}};
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::log;
    return choose(a == 0, choose(b == b, T(0), b), a * log(b));
  }
  // GCC calls this for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    using std::log;
    return where(a == 0, where(b > 0, log(b), T(0)), log(b));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    return where(a == 0, where(b > 0, a / b, T(0)), a / b);
  }
};
}  // namespace op

/// a times the logarithm of b, and 0 where a is 0 whatever b is.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto xlogy(A&& a, B&& b) {
  return record(op::Xlogy{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
