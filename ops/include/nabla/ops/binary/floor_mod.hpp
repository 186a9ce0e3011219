// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include <nabla/ops/family/rest.hpp>

namespace nabla {
namespace op {
struct FloorMod : Rest<FloorMod> {
  static constexpr OpInfo info{.name = "floor_mod",
                               .formula = "y = a - n b, n the greatest integer <= a / b",
                               .gradient = "dy/da = 1, dy/db = -n",
                               .domain = "b != 0; NaN there",
                               .kinks = "a / b an integer: value jumps, slopes as elsewhere",
                               .accuracy = "<= 0.5 ulp",
                               .source = "Knuth 1972",
                               .samples = {{5.0, 5.6}, {2.3, 2.45}}};
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& a, const T& b) {
    return is_usual_quotient(a, b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::fmod;
    const T rest = static_cast<T>(fmod(a, b));
    return choose(rest != 0,
                  choose(rest < 0, choose(b > 0, rest + b, rest), choose(b < 0, rest + b, rest)),
                  rest);
  }
  /// Of integers.
  /// Errors    DomainError if b is 0
  static std::int64_t value(std::int64_t a, std::int64_t b) {
    const std::int64_t rest = detail::whole_rest(info.name, a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }
};
}  // namespace op

/// The rest of a / b with the sign of b, as % in Python.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto floor_mod(A&& a, B&& b) {
  return record(op::FloorMod{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
