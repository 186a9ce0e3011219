// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>

namespace nabla {
namespace op {
struct Fma : Ternary<Fma> {
  static constexpr OpInfo info{.name = "fma",
                               .formula = "y = a b + c, rounded once",
                               .gradient = "dy/da = b, dy/db = a, dy/dc = 1",
                               .domain = "all real numbers; of integers int64, modulo 2^64",
                               .accuracy = "<= 0.5 ulp",
                               .source = "IEEE 754-2019, 5.4.1"};
  static constexpr DType least_dtype = int64;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b, const T& c) {
    using std::fma;
    return static_cast<T>(fma(a, b, c));
  }
  static constexpr std::int64_t value(std::int64_t a, std::int64_t b, std::int64_t c) {
    using Unsigned = std::uint64_t;
    return static_cast<std::int64_t>(static_cast<Unsigned>(a) * static_cast<Unsigned>(b) +
                                     static_cast<Unsigned>(c));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& /*a*/, const T& b, const T& /*c*/,
                                                    const T& /*y*/) {
    return b;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& /*b*/, const T& /*c*/,
                                                    const T& /*y*/) {
    return a;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_c(const T& /*a*/, const T& /*b*/, const T& /*c*/,
                                                    const T& /*y*/) {
    return T(1);
  }
};
}  // namespace op

/// a times b plus c, rounded once.
/// Shapes    broadcast together
template <class A, class B, class C>
requires Operands<A, B, C>
[[nodiscard]] constexpr auto fma(A&& a, B&& b, C&& c) {
  return record(op::Fma{}, std::forward<A>(a), std::forward<B>(b), std::forward<C>(c));
}
}  // namespace nabla
