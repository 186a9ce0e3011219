// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/family/log_add_exp.hpp>

namespace nabla {
namespace op {
struct Logaddexp : LogAddExp<Logaddexp> {
  static constexpr OpInfo info{
      .name = "logaddexp",
      .formula = "y = ln(e^a + e^b)",
      .gradient = "dy/da = e^(a - y), dy/db = e^(b - y)",
      .kinks = "a = b = -inf: value -inf, gradient 0; a = b = inf: 1/2 to each",
      .accuracy = "<= 2 ulp of the larger of |a|, |b| and 1",
      .source = "definition"};
  static constexpr double ln_base = 1;
};
}  // namespace op

/// ln(e^a + e^b), without overflow.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto logaddexp(A&& a, B&& b) {
  return record(op::Logaddexp{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
