// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Neg : Unary<Neg> {
  static constexpr OpInfo info{.name = "neg",
                               .symbol = "-",
                               .formula = "y = -x",
                               .gradient = "dy/dx = -1",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr bool cheap = true;
  static constexpr DType least_dtype = int64;
  static constexpr bool wraps = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return -x;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& /*y*/) {
    return T(-1);
  }
};
}  // namespace op

/// -x.
template <Active X>
[[nodiscard]] constexpr auto neg(X&& x) {
  return record(op::Neg{}, std::forward<X>(x));
}
template <Active X>
[[nodiscard]] [[gnu::always_inline]] constexpr auto operator-(X&& x) {
  return record(op::Neg{}, std::forward<X>(x));
}
/// x itself.
template <Active X>
[[nodiscard]] [[gnu::always_inline]] constexpr X operator+(const X& x) {
  return x;
}
}  // namespace nabla
