// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/exponential_integral.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/exp.hpp>

namespace nabla {
namespace op {
struct Expint : Unary<Expint> {
  static constexpr OpInfo info{.name = "expint",
                               .formula = "y = integral from -inf to x of e^t / t dt",
                               .gradient = "dy/dx = e^x / x",
                               .domain = "x != 0; -inf there",
                               .kinks = "x = 0: slope inf, but contribution 0 where g = 0",
                               .accuracy = "relative error <= 8 eps",
                               .source = "DLMF 6.2.5",
                               .samples = {{0.2, 3.0}},
                               .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    return static_cast<T>(special::expint(static_cast<double>(x)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    using std::exp;
    const T half = exp(T(0.5) * x);  // e^x itself leaves the range before the slope does
    return where(half == std::numeric_limits<double>::infinity(), half, half / x * half);
  }
};
}  // namespace op

/// The exponential integral Ei, a principal value for x > 0.
template <Active X>
[[nodiscard]] constexpr auto expint(X&& x) {
  return record(op::Expint{}, std::forward<X>(x));
}
}  // namespace nabla
