// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/log.hpp>

namespace nabla {
namespace op {
struct GaussianError : Ternary<GaussianError> {
  static constexpr OpInfo info{
      .name = "gaussian_error",
      .formula = "y = (ln c + (a - b)^2 / c) / 2",
      .gradient = "dy/da = (a - b) / c, dy/db = (b - a) / c, dy/dc = (1 / c - ((a - b) / c)^2) / 2",
      .domain = "c > 0; NaN elsewhere",
      .accuracy = "<= 3 ulp of the larger term",
      .source = "the normal density",
      .samples = {{-2.0, 2.0}, {-2.0, 2.0}, {0.3, 3.0}},
      .singular = {0.0}};
  static constexpr bool has_total = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b, const T& c) {
    using std::log;
    const T d = a - b;
    return T(0.5) * log(c) + (T(0.5) * d) * (d / c);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& c,
                                                    const T& /*y*/) {
    return (a - b) / c;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& c,
                                                    const T& /*y*/) {
    return (b - a) / c;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_c(const T& a, const T& b, const T& c,
                                                    const T& /*y*/) {
    const T over = (a - b) / c;
    return T(0.5) * (T(1) / c - over * over);
  }
};
}  // namespace op

/// The negative log likelihood of b under a normal distribution with mean a and variance c, but for
/// its constant, ln(2 pi) / 2.
/// Shapes    broadcast together
/// Units     nats
template <class A, class B, class C>
requires Operands<A, B, C>
[[nodiscard]] constexpr auto gaussian_error(A&& a, B&& b, C&& c) {
  return record(op::GaussianError{}, std::forward<A>(a), std::forward<B>(b), std::forward<C>(c));
}
}  // namespace nabla
