// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/special.hpp>
#include <nabla/ops/unary/polygamma.hpp>

namespace nabla {
namespace op {
struct Digamma : Unary<Digamma> {
  static constexpr OpInfo info{.name = "digamma",
                               .formula = "y = Gamma'(x) / Gamma(x)",
                               .gradient = "dy/dx = polygamma(1, x), the trigamma function",
                               .domain = "x != 0, -1, -2, ...; NaN there",
                               .kinks = "x = 0, -1, -2, ...: slope NaN, contribution 0 where g = 0",
                               .accuracy = "relative error <= 12 eps for x > 0",
                               .source = "DLMF 5.11.2, 5.5.4",
                               .samples = {{0.4, 4.0}},
                               .singular = {0.0, -1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return static_cast<T>(digamma(x));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return static_cast<T>(polygamma(1, x));
  }
};
}  // namespace op

/// The logarithmic derivative of the gamma function.
template <Active X>
[[nodiscard]] constexpr auto digamma(X&& x) {
  return record(op::Digamma{}, std::forward<X>(x));
}
}  // namespace nabla
