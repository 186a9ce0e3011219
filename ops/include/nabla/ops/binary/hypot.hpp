// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/abs.hpp>
#include <nabla/ops/unary/neg.hpp>
#include <nabla/ops/unary/sqrt.hpp>

namespace nabla {
namespace op {
struct Hypot : Binary<Hypot> {
  static constexpr OpInfo info{.name = "hypot",
                               .formula = "y = sqrt(a^2 + b^2)",
                               .gradient = "dy/da = a / y, dy/db = b / y",
                               .kinks =
                                   "a = b = 0: both 0, the subgradient of least norm; an infinite "
                                   "operand, beside NaN too: +-1 and 0; two: +-sqrt(1/2), as if "
                                   "they were equal",
                               .accuracy = "<= 1.2 ulp on tensors",
                               .source = "definition",
                               .samples = {{0.3, 2.0}, {-2.0, 2.0}},
                               .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::hypot;
    return hypot(a, b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& y) {
    return share(a, b, y);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& y) {
    return share(b, a, y);
  }

 private:
  // x / y, also where y overflows: then of both operands in units of the greater one, beside which NaN
  // is nothing if that is infinite.
  template <class T>
  [[gnu::always_inline]] static constexpr T share(const T& x, const T& z, const T& y) {
    using std::abs, std::sqrt;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const T size = abs(x), other = abs(z);
    const T ratio = where(size < other, size, other) / where(size < other, other, size);
    const T lesser = where(size == other, T(1), where(ratio == ratio, ratio, T(0)));
    const T part = where(size < other, lesser, where(x == x, T(1), T(0)));
    const T top = where(y == kInfinity, where(x < 0, -part, part), x);
    return top / where(y == kInfinity, sqrt(1 + lesser * lesser), where(y == 0, T(1), y));
  }
};
}  // namespace op

/// The length of the vector (a, b), without overflow on the way.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto hypot(A&& a, B&& b) {
  return record(op::Hypot{}, std::forward<A>(a), std::forward<B>(b));
}
/// The length of the vector (a, b, c).
template <class A, class B, class C>
requires Operands<A, B, C>
[[nodiscard]] constexpr auto hypot(A&& a, B&& b, C&& c) {
  using std::hypot;
  return hypot(hypot(std::forward<A>(a), std::forward<B>(b)), std::forward<C>(c));
}
}  // namespace nabla
