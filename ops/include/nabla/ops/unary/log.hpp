// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Log : Unary<Log> {
  static constexpr OpInfo info{.name = "log",
                               .formula = "y = ln x",
                               .gradient = "dy/dx = 1 / x",
                               .domain = "x > 0; -inf at 0, NaN below",
                               .kinks = "x = 0: slope inf, but contribution 0 where g = 0",
                               .accuracy = "<= 0.9 ulp on tensors",
                               .source = "DLMF 4.2",
                               .samples = {{0.2, 4.0}},
                               .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& x) {
    return is_usual_logarithm(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::log;
    return log(x);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return 1 / x;
  }
};
}  // namespace op

/// The natural logarithm.
template <Active X>
[[nodiscard]] constexpr auto log(X&& x) {
  return record(op::Log{}, std::forward<X>(x));
}
inline Tensor Tensor::log() const& { return nabla::log(*this); }
inline Tensor Tensor::log() && { return nabla::log(std::move(*this)); }
}  // namespace nabla
