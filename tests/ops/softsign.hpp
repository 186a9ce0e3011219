// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/abs.hpp>

namespace nabla {
namespace op {
struct Softsign : Unary<Softsign> {
  static constexpr OpInfo info{.name = "softsign",
                               .formula = "y = x / (1 + |x|)",
                               .gradient = "dy/dx = (1 - |y|)^2",
                               .source = "Turian, Bergstra & Bengio 2009"};
  template <class T>
  static constexpr T value(const T& x) {
    using std::abs;
    return x / (1 + abs(x));
  }
  template <class T>
  static constexpr T slope(const T& /*x*/, const T& y) {
    using std::abs;
    return (1 - abs(y)) * (1 - abs(y));
  }
};
}  // namespace op

/// x / (1 + |x|), a sigmoid with slow tails.
template <Active X>
[[nodiscard]] constexpr auto softsign(const X& x) {
  return record(op::Softsign{}, x);
}
}  // namespace nabla
