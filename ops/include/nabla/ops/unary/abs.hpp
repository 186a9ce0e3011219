// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Abs : Unary<Abs> {
  static constexpr OpInfo info{.name = "abs",
                               .formula = "y = |x|",
                               .gradient = "dy/dx = sign x",
                               .kinks = "x = 0: slope 0, the subgradient of least norm",
                               .accuracy = "exact",
                               .source = "definition",
                               .singular = {0.0}};
  static constexpr bool has_total = true;
  static constexpr DType least_dtype = int64;
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::abs;
    return static_cast<T>(abs(x));
  }
  static constexpr std::int64_t value(std::int64_t x) {  // the least one is its own, modulo 2^64
    return x < 0 ? static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(x)) : x;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& /*y*/) {
    return where(x > 0, T(1), where(x < 0, T(-1), T(0)));
  }
};
}  // namespace op

/// |x|.
template <Active X>
[[nodiscard]] constexpr auto abs(X&& x) {
  return record(op::Abs{}, std::forward<X>(x));
}
/// The same, by its other name in <cmath>.
template <Active X>
[[nodiscard]] constexpr auto fabs(X&& x) {
  static_cast<void>(detail::defined(x, "fabs"));
  return abs(std::forward<X>(x));
}
inline Tensor Tensor::abs() const& { return nabla::abs(*this); }
inline Tensor Tensor::abs() && { return nabla::abs(std::move(*this)); }
}  // namespace nabla
