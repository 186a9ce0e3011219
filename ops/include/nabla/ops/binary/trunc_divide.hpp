// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/family/rest.hpp>

namespace nabla {
namespace op {
struct TruncDivide : Quotient<TruncDivide> {
  static constexpr OpInfo info{
      .name = "trunc_divide",
      .formula = "y = a / b without its fraction",
      .gradient = "dy/da = 0, dy/db = 0",
      .domain = "b != 0; as a / b there",
      .kinks = "a / b an integer: value jumps, slopes 0 as elsewhere",
      .accuracy = "the exact quotient, rounded to an integer once, if that is below 2^52",
      .source = "definition",
      .samples = {{5.0, 5.6}, {2.3, 2.45}}};
  template <class T>
  static constexpr T rest(const T& a, const T& b) {
    using std::fmod;
    return static_cast<T>(fmod(a, b));
  }
  static std::int64_t whole(std::int64_t a, std::int64_t b) { return a / b; }
};
}  // namespace op

/// a / b without its fraction; of int64 too.
/// Shapes    broadcast together
/// Errors    DomainError on an int64 divisor of 0
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto trunc_divide(A&& a, B&& b) {
  return record(op::TruncDivide{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
