// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Rint : Staircase<Rint> {
  static constexpr OpInfo info{.name = "rint",
                               .formula = "y = the integer nearest to x, halves to even",
                               .gradient = "dy/dx = 0",
                               .kinks = "x + 1/2 an integer: slope 0, as elsewhere",
                               .accuracy = "exact",
                               .source = "IEEE 754-2019, 5.3.1",
                               .samples = {{-0.35, 0.35}},
                               .singular = {0.5}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::rint;
    return static_cast<T>(rint(x));
  }
  static constexpr std::int64_t value(std::int64_t x) { return x; }
};
}  // namespace op

/// The nearest integer; halves go to the even one.
template <Active X>
[[nodiscard]] constexpr auto rint(X&& x) {
  return record(op::Rint{}, std::forward<X>(x));
}
/// The same, by its other name in <cmath>.
template <Active X>
[[nodiscard]] constexpr auto nearbyint(const X& x) {
  return rint(detail::defined(x, "nearbyint"));
}
}  // namespace nabla
