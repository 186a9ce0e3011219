// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/exp.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct PoissonError : Binary<PoissonError> {
  static constexpr OpInfo info{.name = "poisson_error",
                               .formula = "y = e^a - a b",
                               .gradient = "dy/da = e^a - b, dy/db = -a",
                               .accuracy = "<= 2 ulp of the larger term",
                               .source = "McCullagh & Nelder 1989",
                               .samples = {{-2.0, 2.0}, {0.0, 5.0}}};
  static constexpr bool has_total = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::exp;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const T power = exp(a), product = choose(b == 0, T(0), a * b), y = power - product;
    // Where both are infinite, e^a grows faster than a; but it does not make up for an infinite b.
    const T of_b = choose(a == kInfinity, y, -product);
    const T of_both = choose(b == kInfinity, of_b, power);
    return choose(power == kInfinity, choose(product == kInfinity, of_both, y), y);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    using std::exp;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    // An infinite b is not made up for by an e^a that overflows.
    return where(b == kInfinity, a - b, exp(a) - b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& /*b*/, const T& /*y*/) {
    return -a;
  }
};
}  // namespace op

/// The negative log likelihood of a count b whose expected value is e^a, but for ln b!.
/// Shapes    broadcast together
/// Units     nats
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto poisson_error(A&& a, B&& b) {
  return record(op::PoissonError{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
