// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Exp2 : Unary<Exp2> {
  static constexpr OpInfo info{.name = "exp2",
                               .formula = "y = 2^x",
                               .gradient = "dy/dx = y ln 2",
                               .accuracy = "<= 1.1 ulp on tensors",
                               .source = "DLMF 4.2"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::exp2;
    return exp2(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& y) {
    return y * T(std::numbers::ln2);
  }
};
}  // namespace op

/// 2 to the power x.
template <Active X>
[[nodiscard]] constexpr auto exp2(X&& x) {
  return record(op::Exp2{}, std::forward<X>(x));
}
}  // namespace nabla
