// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/exp.hpp>

namespace nabla {
namespace op {
struct Selu : Unary<Selu> {
  static constexpr OpInfo info{
      .name = "selu",
      .formula = "y = s x for x > 0, else s a (e^x - 1), s = 1.0507..., a = 1.6732...",
      .gradient = "dy/dx = s for x > 0, else s a e^x",
      .kinks = "x = 0: slope s a",
      .accuracy = "<= 2.5 ulp",
      .source = "Klambauer et al. 2017",
      .singular = {0.0}};
  // They keep mean 0 and variance 1 from layer to layer.
  static constexpr double kScale = 1.0507009873554804934193349852946;
  static constexpr double kAlpha = 1.6732632423543772848170429916717;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::expm1;
    return choose(x > 0, T(kScale) * x, T(kScale * kAlpha) * expm1(x));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::exp;
    return where(x > 0, T(kScale), T(kScale * kAlpha) * exp(x));
  }
};
}  // namespace op

/// elu with constants that keep activations normalised: mean 0, variance 1.
template <AnyNumber X>
[[nodiscard]] constexpr auto selu(X&& x) {
  return record(op::Selu{}, std::forward<X>(x));
}
}  // namespace nabla
