// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/log1p_exp.hpp>
#include <nabla/ops/unary/neg.hpp>
#include <nabla/ops/unary/sigmoid.hpp>

namespace nabla {
namespace op {
struct BceWithLogits : Binary<BceWithLogits> {
  static constexpr OpInfo info{.name = "bce_with_logits",
                               .formula = "y = ln(1 + e^a) - a b",
                               .gradient = "dy/da = sigmoid(a) - b, dy/db = -a",
                               .accuracy = "<= 3 ulp of the larger term",
                               .source = "-b ln s(a) - (1 - b) ln(1 - s(a)) with s the sigmoid",
                               .samples = {{-3.0, 3.0}, {0.0, 1.0}}};
  static constexpr bool has_total = true;
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& a, const T& /*b*/) {
    return is_usual_exponent(a);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::abs;
    const T share = choose(a > 0, T(1) - b, -b);
    return choose(share == 0, T(0), a * share) + detail::log1p_exp(T(-abs(a)));  // also at infinity
  }
  // GCC calls this for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return (T(1) - b) * sigmoid(a) - b * sigmoid(-a);  // sigmoid(a) - b without cancellation
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& /*b*/, const T& /*y*/) {
    return -a;
  }
};
}  // namespace op

/// The binary cross entropy of sigmoid(logits) from targets in [0, 1], element by element, without
/// overflow for any logit.
/// Shapes    broadcast together
/// Units     nats
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto bce_with_logits(A&& logits, B&& targets) {
  return record(op::BceWithLogits{}, std::forward<A>(logits), std::forward<B>(targets));
}
}  // namespace nabla
