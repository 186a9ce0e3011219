// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/erfc.hpp>
#include <nabla/ops/unary/exp.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct Gelu : Unary<Gelu> {
  static constexpr OpInfo info{.name = "gelu",
                               .formula = "y = x P(x), P(x) = erfc(-x / sqrt(2)) / 2",
                               .gradient = "dy/dx = P(x) + x e^(-x^2 / 2) / sqrt(2 pi)",
                               .accuracy = "<= 4 + 2 x^2 ulp on tensors",
                               .source = "Hendrycks & Gimpel 2016"};
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& x) {
    return is_usual_normal(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::abs;
    const T size = abs(x);
    return choose(x < 0, T(0), x) - tail(size, size);
  }
  // These are long: GCC calls them for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::exp;
    constexpr double kAtZero = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    const T density = T(kAtZero) * exp(T(-(x * x) * T(0.5)));
    return probability(x) + where(x - x == 0, x, T(0)) * density;
  }

 private:
  // P(x), and P(-size) factor. Lanes have their own.
  template <class T>
  [[gnu::always_inline]] static constexpr T probability(const T& x) {
    if constexpr (requires { normal_distribution(x); }) {
      return normal_distribution(x);
    } else {
      using std::erfc;
      return T(0.5) * erfc(x * T(-std::numbers::sqrt2 / 2));
    }
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T tail(const T& size, const T& factor) {
    if constexpr (requires { normal_tail(size, factor); }) {
      return normal_tail(size, factor);
    } else {
      const T p = probability(T(-size));
      return choose(p == 0, p, factor * p);  // also at infinity
    }
  }
};
}  // namespace op

/// x times the probability that a standard normal number is below x: a smooth relu.
template <AnyNumber X>
[[nodiscard]] constexpr auto gelu(X&& x) {
  return record(op::Gelu{}, std::forward<X>(x));
}
}  // namespace nabla
