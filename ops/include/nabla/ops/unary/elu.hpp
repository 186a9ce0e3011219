// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/exp.hpp>

namespace nabla {
namespace op {
struct Elu : Unary<Elu> {
  static constexpr OpInfo info{.name = "elu",
                               .formula = "y = x for x > 0, else a (e^x - 1)",
                               .gradient = "dy/dx = 1 for x > 0, else a e^x",
                               .kinks = "x = 0: slope a",
                               .accuracy = "<= 2 ulp",
                               .source = "Clevert, Unterthiner & Hochreiter 2016",
                               .singular = {0.0}};
  static constexpr OpParameter parameters[]{{.name = "a", .value = 1}};
  double alpha = parameters[0].value;
  static constexpr Elu with(double alpha) {
    Elu op;
    op.alpha = alpha;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    using std::expm1;
    return choose(x > 0, x, T(alpha) * expm1(x));
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    using std::exp;
    return where(x > 0, T(1), T(alpha) * exp(x));
  }
};
}  // namespace op

/// x where it is positive, a soft step down to -alpha elsewhere.
template <AnyNumber X>
[[nodiscard]] constexpr auto elu(X&& x, double alpha = op::Elu{}.alpha) {
  return record(op::Elu::with(alpha), std::forward<X>(x));
}
}  // namespace nabla
