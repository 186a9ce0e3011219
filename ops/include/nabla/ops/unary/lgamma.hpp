// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/unary/digamma.hpp>

namespace nabla {
namespace op {
struct Lgamma : Unary<Lgamma> {
  static constexpr OpInfo info{
      .name = "lgamma",
      .formula = "y = ln |Gamma(x)|",
      .gradient = "dy/dx = digamma x",
      .domain = "x != 0, -1, -2, ...; inf there",
      .kinks = "x = 0, -1, -2, ...: slope NaN, but contribution 0 where g = 0",
      .accuracy = "<= 4 ulp with glibc",
      .source = "DLMF 5.2",
      .samples = {{0.3, 4.0}},
      .singular = {0.0, -1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    if constexpr (std::is_floating_point_v<T> || kernels::is_lane<T>) {
      return static_cast<T>(log_gamma(static_cast<double>(x)));
    } else {
      return lgamma(x);
    }
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return static_cast<T>(digamma(x));
  }
};
}  // namespace op

/// The logarithm of the size of the gamma function.
template <Active X>
[[nodiscard]] constexpr auto lgamma(X&& x) {
  return record(op::Lgamma{}, std::forward<X>(x));
}
}  // namespace nabla
