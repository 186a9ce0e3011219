// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <utility>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/log.hpp>
#include <nabla/ops/unary/log1p.hpp>
#include <nabla/ops/unary/neg.hpp>

namespace nabla {
namespace op {
struct BinaryError : Ternary<BinaryError> {
  static constexpr OpInfo info{
      .name = "binary_error",
      .formula = "y = -(b ln a + c ln(1 - a)), logarithms kept at -100 or above",
      .gradient = "dy/da = c / (1 - a) - b / a, dy/db = -ln a, dy/dc = -ln(1 - a)",
      .domain = "0 <= a <= 1",
      .kinks = "where a logarithm is kept at -100, it adds 0 to dy/da",
      .accuracy = "<= 3 ulp of the larger term",
      .source = "-100: PyTorch, binary_cross_entropy",
      .samples = {{0.1, 0.9}, {0.0, 1.0}, {0.0, 1.0}},
      .singular = {0.0, 1.0}};
  static constexpr bool has_total = true;
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b, const T& c) {
    return -(b * log_of(a) + c * log_of_rest(a));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& c,
                                                    const T& /*y*/) {
    const T rest = T(1) - a;
    return over(c, rest) - over(b, a);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& /*b*/, const T& /*c*/,
                                                    const T& /*y*/) {
    return -log_of(a);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_c(const T& a, const T& /*b*/, const T& /*c*/,
                                                    const T& /*y*/) {
    return -log_of_rest(a);
  }

 private:
  static constexpr double kLeastLog = -100;
  static constexpr double kLeast = 0x1.a8c1f14e2af5dp-145;  // e to that

  template <class T>
  [[gnu::always_inline]] static constexpr T log_of(const T& a) {
    using std::log;
    const T y = log(a);
    return at_least(y);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T log_of_rest(const T& a) {
    using std::log1p;
    const T y = log1p(-a);
    return at_least(y);
  }
  template <class T>
  static constexpr T at_least(const T& x) {
    return where(x < kLeastLog, T(kLeastLog), x);
  }
  template <class T>
  static constexpr T over(const T& part, const T& x) {
    return where(x < kLeast, T(0), part / x);
  }
};
}  // namespace op

/// The binary cross entropy of a probability a from an outcome of which b is the part that is 1 and c
/// the part that is 0.
/// Shapes    broadcast together
/// Units     nats
template <class A, class B, class C>
requires Operands<A, B, C>
[[nodiscard]] constexpr auto binary_error(A&& a, B&& b, C&& c) {
  return record(op::BinaryError{}, std::forward<A>(a), std::forward<B>(b), std::forward<C>(c));
}
}  // namespace nabla
