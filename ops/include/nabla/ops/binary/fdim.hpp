// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Fdim : Binary<Fdim> {
  static constexpr OpInfo info{.name = "fdim",
                               .formula = "y = a - b for a > b, else 0",
                               .gradient = "dy/da = 1 and dy/db = -1 for a > b, else 0",
                               .kinks = "a = b: both 0, the subgradient of least norm",
                               .accuracy = "<= 0.5 ulp",
                               .source = "definition",
                               .singular = {0.0},
                               .singular_at_ties = true};
  static constexpr bool cheap = true;
  static constexpr DType least_dtype = int64;
  static constexpr bool masks = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    return choose(a <= b, T(0), T(a - b));
  }
  static constexpr std::int64_t value(std::int64_t a, std::int64_t b) {  // modulo 2^64
    const auto distance = static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b);
    return a <= b ? 0 : static_cast<std::int64_t>(distance);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return where(a > b, T(1), T(0));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    return where(a > b, T(-1), T(0));
  }
};
}  // namespace op

/// How far a is above b, or 0.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto fdim(A&& a, B&& b) {
  return record(op::Fdim{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
