// SPDX-License-Identifier: MIT
#pragma once

#include <numbers>
#include <utility>

#include <nabla/ops/family/log_add_exp.hpp>

namespace nabla {
namespace op {
struct Logaddexp2 : LogAddExp<Logaddexp2> {
  static constexpr OpInfo info{
      .name = "logaddexp2",
      .formula = "y = log2(2^a + 2^b)",
      .gradient = "dy/da = 2^(a - y), dy/db = 2^(b - y)",
      .kinks = "a = b = -inf: value -inf, gradient 0; a = b = inf: 1/2 to each",
      .accuracy = "<= 2 ulp of the larger of |a|, |b| and 1",
      .source = "definition"};
  static constexpr double ln_base = std::numbers::ln2;
};
}  // namespace op

/// log2(2^a + 2^b), without overflow.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto logaddexp2(A&& a, B&& b) {
  return record(op::Logaddexp2{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
