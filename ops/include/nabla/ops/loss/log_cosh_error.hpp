// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <utility>

#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/log1p_exp.hpp>
#include <nabla/ops/unary/tanh.hpp>

namespace nabla {
namespace op {
struct LogCoshError : Binary<LogCoshError> {
  static constexpr OpInfo info{.name = "log_cosh_error",
                               .formula = "y = ln cosh(a - b)",
                               .gradient = "dy/da = tanh(a - b), dy/db = tanh(b - a)",
                               .accuracy = "<= 7 ulp",
                               .source = "DLMF 4.37",
                               .samples = {{-3.0, 3.0}, {-0.5, 0.5}}};
  static constexpr bool has_total = true;
  // Each of the two forms is exact to a few ulp where it is taken.
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::abs;
    using std::expm1;
    using std::log1p;
    const T size = abs(a - b);
    const T grown = expm1(size);
    // sinh^2(d) = (e^|d| - 1)^2 (1 + e^-|d|)^2 / 4, of which ln cosh d = ln(1 + sinh^2 d) / 2
    const T sinh = T(0.5) * (grown + grown / (grown + T(1)));
    return choose(size < T(1), T(0.5) * log1p(sinh * sinh),
                  size + detail::log1p_exp(T(T(-2) * size)) - T(std::numbers::ln2));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    using std::tanh;
    return tanh(a - b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& y) {
    return slope_a(b, a, y);
  }
};
}  // namespace op

/// The logarithm of cosh(a - b): near (a - b)^2 / 2 for small differences and near |a - b| - ln 2 for
/// large ones, without overflow.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto log_cosh_error(A&& a, B&& b) {
  return record(op::LogCoshError{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
