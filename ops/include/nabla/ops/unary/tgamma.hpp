// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/digamma.hpp>

namespace nabla {
namespace op {
struct Tgamma : Unary<Tgamma> {
  static constexpr OpInfo info{
      .name = "tgamma",
      .formula = "y = Gamma(x)",
      .gradient = "dy/dx = y digamma x",
      .domain = "x != 0, -1, -2, ...; inf at 0, NaN at the others",
      .kinks = "x = 0, -1, -2, ...: slope NaN, but contribution 0 where g = 0",
      .accuracy = "<= 10 ulp with glibc",
      .source = "DLMF 5.2",
      .samples = {{0.4, 3.5}},
      .singular = {0.0, -1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::tgamma;
    return tgamma(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& y) {
    return y * static_cast<T>(digamma(x));
  }
};
}  // namespace op

/// The gamma function, (x - 1)! of a positive integer.
template <Active X>
[[nodiscard]] constexpr auto tgamma(X&& x) {
  return record(op::Tgamma{}, std::forward<X>(x));
}
}  // namespace nabla
