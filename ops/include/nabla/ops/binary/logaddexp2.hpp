// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/sigmoid.hpp>

namespace nabla {
namespace op {
struct Logaddexp2 : Binary<Logaddexp2> {
  static constexpr OpInfo info{
      .name = "logaddexp2",
      .formula = "y = log2(2^a + 2^b)",
      .gradient = "dy/da = 2^(a - y), dy/db = 2^(b - y)",
      .kinks = "a = b = -inf: value -inf, gradient 0; a = b = inf: 1/2 to each",
      .source = "definition"};
  template <class T>
  static constexpr T value(const T& a, const T& b) {
    using std::abs, std::exp, std::log1p;
    const T greater = choose(a > b, a, b);
    const T size = abs(a - b);
    const T y = greater + log1p(exp(T(-std::numbers::ln2) * size)) * T(std::numbers::log2e);
    return choose(size == size, y, choose(a == b, a, a + b));  // equal infinities, NaN
  }
  // These are long: GCC calls them for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return share(a, b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    return share(b, a);
  }

 private:
  // Of infinite operands that are equal the difference is NaN.
  template <class T>
  [[gnu::always_inline]] static constexpr T share(const T& x, const T& z) {
    const T d = x - z;
    return where(d == d, sigmoid(T(std::numbers::ln2) * d),
                 where(x == z, where(x > 0, T(0.5), T(0)), d));
  }
};
}  // namespace op

/// log2(2^a + 2^b), without overflow.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto logaddexp2(const A& a, const B& b) {
  return record(op::Logaddexp2{}, a, b);
}
}  // namespace nabla
