// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/abs.hpp>

namespace nabla {
namespace op {
struct Softsign : Unary<Softsign> {
  static constexpr OpInfo info{.name = "softsign",
                               .formula = "y = x / (1 + |x|)",
                               .gradient = "dy/dx = 1 / (1 + |x|)^2",
                               .kinks = "x = 0: slope 1 from both sides",
                               .accuracy = "<= 1.5 ulp",
                               .source = "Turian, Bergstra & Bengio 2009"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::abs;
    const T size = abs(x);
    return choose(size > 1, 1 / (1 / x + choose(x > 0, T(1), T(-1))),
                  x / (1 + size));  // also at infinity
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::abs;
    const T reciprocal = 1 / (1 + abs(x));
    return reciprocal * reciprocal;
  }
};
}  // namespace op

/// x / (1 + |x|), a sigmoid with slow tails.
template <AnyNumber X>
[[nodiscard]] constexpr auto softsign(X&& x) {
  return record(op::Softsign{}, std::forward<X>(x));
}
}  // namespace nabla
