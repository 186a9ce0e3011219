// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include <nabla/ops/family/rest.hpp>

namespace nabla {
namespace op {
struct Fmod : Rest<Fmod> {
  static constexpr OpInfo info{.name = "fmod",
                               .formula = "y = a - n b, n = a / b without its fraction",
                               .gradient = "dy/da = 1, dy/db = -n",
                               .domain = "b != 0; NaN there",
                               .kinks = "a / b an integer but 0: value jumps, slopes as elsewhere",
                               .accuracy = "exact",
                               .source = "definition",
                               .samples = {{5.0, 5.6}, {2.3, 2.45}}};
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& a, const T& b) {
    return is_usual_quotient(a, b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::fmod;
    return static_cast<T>(fmod(a, b));
  }
  /// Of integers.
  /// Errors    DomainError if b is 0
  static std::int64_t value(std::int64_t a, std::int64_t b) {
    return detail::whole_rest(info.name, a, b);
  }
};
}  // namespace op

/// The rest of a / b, smaller than b in size and with the sign of a.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto fmod(A&& a, B&& b) {
  return record(op::Fmod{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
