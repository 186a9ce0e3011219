// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/trunc.hpp>

namespace nabla {
namespace op {
struct Frac : Unary<Frac> {
  static constexpr OpInfo info{.name = "frac",
                               .formula = "y = x - trunc x",
                               .gradient = "dy/dx = 1",
                               .kinks = "x an integer but 0: value jumps, slope 1 as elsewhere",
                               .accuracy = "exact",
                               .source = "definition",
                               .samples = {{0.15, 0.85}}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::trunc;
    return x - static_cast<T>(trunc(x));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& /*y*/) {
    return T(1);
  }
};
}  // namespace op

/// What stands behind the point, with the sign of x.
template <AnyNumber X>
[[nodiscard]] constexpr auto frac(X&& x) {
  return record(op::Frac{}, std::forward<X>(x));
}
/// The fraction of x, and in `whole` the rest of it; of an infinite x, 0.
template <ScalarOperand X>
[[nodiscard]] ValueOf<X> modf(const X& x, ValueOf<X>* whole) {
  const ValueOf<X> number(x);
  *whole = trunc(number);
  if (isinf(number)) return ValueOf<X>(std::copysign(0.0, detail::plain(number)));
  return frac(number);
}
}  // namespace nabla
