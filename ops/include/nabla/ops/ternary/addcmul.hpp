// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>

namespace nabla {
namespace op {
struct Addcmul : Ternary<Addcmul> {
  static constexpr OpInfo info{.name = "addcmul",
                               .formula = "y = a + s b c",
                               .gradient = "dy/da = 1, dy/db = s c, dy/dc = s b",
                               .accuracy = "<= 1 ulp of the larger term",
                               .source = "definition"};
  static constexpr OpParameter parameters[]{{.name = "s", .value = 1}};
  double scale = parameters[0].value;
  static constexpr Addcmul with(double scale) {
    Addcmul op;
    op.scale = scale;
    return op;
  }
  template <class T>
  constexpr T value(const T& a, const T& b, const T& c) const {
    using std::fma;
    return static_cast<T>(fma(T(scale) * b, c, a));
  }
  template <class T>
  constexpr T slope_a(const T& /*a*/, const T& /*b*/, const T& /*c*/, const T& /*y*/) const {
    return T(1);
  }
  template <class T>
  constexpr T slope_b(const T& /*a*/, const T& /*b*/, const T& c, const T& /*y*/) const {
    return T(scale) * c;
  }
  template <class T>
  constexpr T slope_c(const T& /*a*/, const T& b, const T& /*c*/, const T& /*y*/) const {
    return T(scale) * b;
  }
};
}  // namespace op

/// a plus a number times the product of b and c.
/// Shapes    broadcast together
template <class A, class B, class C>
requires Operands<A, B, C>
[[nodiscard]] constexpr auto addcmul(const A& a, const B& b, const C& c,
                                     double scale = op::Addcmul{}.scale) {
  return record(op::Addcmul::with(scale), a, b, c);
}
}  // namespace nabla
