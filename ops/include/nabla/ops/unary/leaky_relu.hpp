// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct LeakyRelu : Unary<LeakyRelu> {
  static constexpr OpInfo info{.name = "leaky_relu",
                               .formula = "y = x for x > 0, else s x",
                               .gradient = "dy/dx = 1 for x > 0, else s",
                               .kinks = "x = 0: slope s",
                               .accuracy = "<= 1 ulp",
                               .source = "Maas, Hannun & Ng 2013",
                               .singular = {0.0}};
  static constexpr bool cheap = true;
  static constexpr bool masks = true;
  static constexpr OpParameter parameters[]{{.name = "s", .value = 0.01}};
  double negative_slope = parameters[0].value;
  static constexpr LeakyRelu with(double negative_slope) {
    LeakyRelu op;
    op.negative_slope = negative_slope;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return choose(x > 0, x, static_cast<T>(static_cast<T>(negative_slope) * x));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return where(x > 0, T(1), T(negative_slope));
  }
};
}  // namespace op

/// x where it is positive, negative_slope times x elsewhere.
template <AnyNumber X>
[[nodiscard]] constexpr auto leaky_relu(X&& x,
                                        double negative_slope = op::LeakyRelu{}.negative_slope) {
  return record(op::LeakyRelu::with(negative_slope), std::forward<X>(x));
}
}  // namespace nabla
