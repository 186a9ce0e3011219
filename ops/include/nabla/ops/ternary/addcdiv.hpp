// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>

namespace nabla {
namespace op {
struct Addcdiv : Ternary<Addcdiv> {
  static constexpr OpInfo info{.name = "addcdiv",
                               .formula = "y = a + s b / c",
                               .gradient = "dy/da = 1, dy/db = s / c, dy/dc = -s b / c^2",
                               .domain = "c != 0; of integers float32",
                               .kinks = "c = 0: slopes infinite or NaN, contribution 0 where g = 0",
                               .accuracy = "<= 2 ulp of the larger term",
                               .source = "definition",
                               .samples = {{-2.0, 2.0}, {-2.0, 2.0}, {0.5, 2.0}}};
  static constexpr OpParameter parameters[]{{.name = "s", .value = 1}};
  double scale = parameters[0].value;
  static constexpr Addcdiv with(double scale) {
    Addcdiv op;
    op.scale = scale;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& a, const T& b, const T& c) const {
    return a + T(scale) * b / c;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_a(const T& /*a*/, const T& /*b*/, const T& /*c*/,
                                             const T& /*y*/) const {
    return T(1);
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_b(const T& /*a*/, const T& /*b*/, const T& c,
                                             const T& /*y*/) const {
    return T(scale) / c;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_c(const T& /*a*/, const T& b, const T& c,
                                             const T& /*y*/) const {
    return T(-scale) * b / c / c;
  }
};
}  // namespace op

/// a plus a number times the quotient of b and c.
/// Shapes    broadcast together
template <class A, class B, class C>
requires Operands<A, B, C>
[[nodiscard]] constexpr auto addcdiv(A&& a, B&& b, C&& c, double scale = op::Addcdiv{}.scale) {
  return record(op::Addcdiv::with(scale), std::forward<A>(a), std::forward<B>(b),
                std::forward<C>(c));
}
}  // namespace nabla
