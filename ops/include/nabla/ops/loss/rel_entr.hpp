// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/log.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct RelEntr : Binary<RelEntr> {
  static constexpr OpInfo info{.name = "rel_entr",
                               .formula = "y = a (ln a - ln b), 0 where a = 0",
                               .gradient = "dy/da = ln a - ln b + 1, dy/db = -a / b",
                               .domain = "a >= 0, b >= 0; NaN below",
                               .kinks = "a = 0: both 0, whatever b is; b = 0 < a: y = inf",
                               .accuracy = "<= 4 ulp of the larger term",
                               .source = "Kullback & Leibler 1951",
                               .samples = {{0.2, 3.0}, {0.3, 3.0}},
                               .singular = {0.0}};
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::log;
    return choose(a == 0, T(0), a * (log(a) - log(b)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    using std::log;
    return where(a == 0, T(0), log(a) - log(b) + T(1));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    return where(a == 0, T(0), -a / b);
  }
};
}  // namespace op

/// What a probability a, where b was expected, adds to a Kullback-Leibler divergence.
/// Shapes    broadcast together
/// Units     nats
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto rel_entr(A&& a, B&& b) {
  return record(op::RelEntr{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
