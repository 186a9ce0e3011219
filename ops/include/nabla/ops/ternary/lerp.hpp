// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Lerp : Ternary<Lerp> {
  static constexpr OpInfo info{
      .name = "lerp",
      .formula = "y = a + c (b - a)",
      .gradient = "dy/da = 1 - c, dy/db = c, dy/dc = b - a",
      .domain = "all real numbers; of integers float32",
      .kinks = "c = 0: y = a, c = 1: y = b, whatever the other is; a = b: y = a",
      .accuracy = "exact at c = 0 and c = 1, else <= 2 ulp of the larger of |a|, |b|",
      .source = "C++20, 26.8.5, but NaN stays"};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b, const T& c) {
    using std::fma;
    // Of numbers of two signs the difference may overflow, of one sign it is exact where it matters.
    const T apart = static_cast<T>(fma(c, b, (1 - c) * a));
    const T near = static_cast<T>(fma(c, b - a, a));
    // Never beyond b before c = 1, and never short of it behind.
    const T limited =
        choose((c > 1) == (b > a), choose(near < b, b, near), choose(near > b, b, near));
    const T usual = choose(a <= 0, choose(b >= 0, apart, limited), choose(b <= 0, apart, limited));
    // The difference is infinite with a, and 1 - c with c.
    const T between = choose(c - c == 0, choose(a - a == 0, usual, apart), limited);
    const T alike = choose(a == b, choose(c == c, a, c), between);
    return choose(c == 0, a, choose(c == 1, b, alike));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& /*a*/, const T& /*b*/, const T& c,
                                                    const T& /*y*/) {
    return 1 - c;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& /*a*/, const T& /*b*/, const T& c,
                                                    const T& /*y*/) {
    return c;
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_c(const T& a, const T& b, const T& /*c*/,
                                                    const T& /*y*/) {
    const T d = b - a;
    return where(d == d, d, where(a == b, T(0), d));  // of infinite numbers that are equal
  }
};
}  // namespace op

/// The number at c on the way from a to b: a for c = 0, exactly b for c = 1.
/// Shapes    broadcast together
template <class A, class B, class C>
requires Operands<A, B, C>
[[nodiscard]] constexpr auto lerp(A&& a, B&& b, C&& c) {
  return record(op::Lerp{}, std::forward<A>(a), std::forward<B>(b), std::forward<C>(c));
}
}  // namespace nabla
