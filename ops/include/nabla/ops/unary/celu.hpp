// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/exp.hpp>

namespace nabla {
namespace op {
struct Celu : Unary<Celu> {
  static constexpr OpInfo info{.name = "celu",
                               .formula = "y = x for x > 0, else a (e^(x / a) - 1)",
                               .gradient = "dy/dx = 1 for x > 0, else e^(x / a)",
                               .kinks = "x = 0: slope 1 from both sides",
                               .accuracy = "<= 2 ulp",
                               .source = "Barron 2017"};
  static constexpr OpParameter parameters[]{
      {.name = "a", .value = 1, .range = {1e-300, std::numeric_limits<double>::infinity()}}};
  double alpha = parameters[0].value;
  static constexpr Celu with(double alpha) {
    Celu op;
    op.alpha = alpha;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    using std::expm1;
    return choose(x > 0, x, T(alpha) * expm1(x / T(alpha)));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    using std::exp;
    return where(x > 0, T(1), exp(x / T(alpha)));
  }
};
}  // namespace op

/// elu made smooth for any alpha > 0.
template <AnyNumber X>
[[nodiscard]] constexpr auto celu(X&& x, double alpha = op::Celu{}.alpha) {
  return record(op::Celu::with(alpha), std::forward<X>(x));
}
}  // namespace nabla
