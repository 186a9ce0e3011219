// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include <nabla/engine/error.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/fma.hpp>

namespace nabla {
namespace op {
struct Addcmul : Ternary<Addcmul> {
  static constexpr OpInfo info{
      .name = "addcmul",
      .formula = "y = a + s b c",
      .gradient = "dy/da = 1, dy/db = s c, dy/dc = s b",
      .domain = "all real numbers; of integers, and s one, int64, modulo 2^64",
      .accuracy = "<= 1 ulp of the larger term",
      .source = "definition"};
  static constexpr DType least_dtype = int64;
  static constexpr OpParameter parameters[]{{.name = "s", .value = 1}};
  double scale = parameters[0].value;
  static constexpr Addcmul with(double scale) {
    Addcmul op;
    op.scale = scale;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& a, const T& b, const T& c) const {
    using std::fma;
    return static_cast<T>(fma(T(scale) * b, c, a));
  }
  std::int64_t value(std::int64_t a, std::int64_t b, std::int64_t c) const {
    return Fma::value(Fma::value(static_cast<std::int64_t>(scale), b, 0), c, a);
  }
  void check(DType result) const {
    constexpr double kMost = 0x1p53;  // up to which all integers are doubles
    if (is_floating(result) || (scale == std::trunc(scale) && std::abs(scale) <= kMost)) return;
    throw DTypeError("[addcmul] got int64 and a scale of " + std::to_string(scale) +
                     ", need an integer to 2^53; convert with .to(float32)");
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_a(const T& /*a*/, const T& /*b*/, const T& /*c*/,
                                             const T& /*y*/) const {
    return T(1);
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_b(const T& /*a*/, const T& /*b*/, const T& c,
                                             const T& /*y*/) const {
    return T(scale) * c;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope_c(const T& /*a*/, const T& b, const T& /*c*/,
                                             const T& /*y*/) const {
    return T(scale) * b;
  }
};
}  // namespace op

/// a plus a number times the product of b and c.
/// Shapes    broadcast together
/// Errors    DTypeError if they are integers and the number is not, or beyond 2^53
template <class A, class B, class C>
requires Operands<A, B, C>
[[nodiscard]] constexpr auto addcmul(A&& a, B&& b, C&& c, double scale = op::Addcmul{}.scale) {
  return record(op::Addcmul::with(scale), std::forward<A>(a), std::forward<B>(b),
                std::forward<C>(c));
}
}  // namespace nabla
