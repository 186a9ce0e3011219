// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Log1p : Unary<Log1p> {
  static constexpr OpInfo info{.name = "log1p",
                               .formula = "y = ln(1 + x)",
                               .gradient = "dy/dx = 1 / (1 + x)",
                               .domain = "x > -1; -inf at -1, NaN below",
                               .kinks =
                                   "x = -1: slope inf, but contribution 0 where g = 0; of e^x that "
                                   "overflows: take softplus",
                               .accuracy = "<= 0.9 ulp on tensors",
                               .source = "DLMF 4.2",
                               .samples = {{-0.7, 3.0}},
                               .singular = {-1.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::log1p;
    return log1p(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return 1 / (1 + x);
  }
};
}  // namespace op

/// ln(1 + x), exact for small x.
template <Active X>
[[nodiscard]] constexpr auto log1p(X&& x) {
  return record(op::Log1p{}, std::forward<X>(x));
}
}  // namespace nabla
