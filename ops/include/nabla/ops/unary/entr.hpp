// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/log.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct Entr : Unary<Entr> {
  static constexpr OpInfo info{.name = "entr",
                               .formula = "y = -x ln x, 0 at x = 0",
                               .gradient = "dy/dx = -ln x - 1",
                               .domain = "x >= 0; NaN below",
                               .kinks = "x = 0: slope inf, but contribution 0 where g = 0",
                               .accuracy = "<= 2 ulp",
                               .source = "Shannon 1948",
                               .samples = {{0.2, 3.0}},
                               .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::log;
    return choose(x == 0, T(0), -x * log(x));
  }
  // GCC calls this for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::log;
    return -log(x) - 1;
  }
};
}  // namespace op

/// What a probability x adds to an entropy, in nats.
template <AnyNumber X>
[[nodiscard]] constexpr auto entr(X&& x) {
  return record(op::Entr{}, std::forward<X>(x));
}
}  // namespace nabla
