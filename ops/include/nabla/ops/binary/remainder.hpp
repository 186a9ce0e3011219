// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include <nabla/ops/family/rest.hpp>
#include <nabla/ops/unary/abs.hpp>

namespace nabla {
namespace op {
struct Remainder : Rest<Remainder> {
  static constexpr OpInfo info{
      .name = "remainder",
      .formula = "y = a - n b, n the integer nearest to a / b",
      .gradient = "dy/da = 1, dy/db = -n",
      .domain = "b != 0; NaN there",
      .kinks = "a / b halfway between integers: value jumps, slopes as elsewhere",
      .accuracy = "exact",
      .source = "IEEE 754-2019, 5.3.1",
      .samples = {{5.0, 5.6}, {2.3, 2.45}}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::remainder;
    return static_cast<T>(remainder(a, b));
  }
  /// Of integers.
  /// Errors    DomainError if b is 0
  static std::int64_t value(std::int64_t a, std::int64_t b) {
    const std::int64_t rest = detail::whole_rest(info.name, a, b);
    if (rest == 0) return 0;
    // |b| / 2 against |rest|, without a sum that could overflow; of two as near, the even n.
    const std::int64_t other = (rest < 0) == (b < 0) ? rest - b : rest + b;
    const std::int64_t less = std::abs(rest) - std::abs(other);
    const bool is_even = a / b % 2 == 0;
    return less < 0 || (less == 0 && is_even) ? rest : other;
  }
};
}  // namespace op

/// The rest of a by the nearest multiple of b, at most half of b in size.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto remainder(A&& a, B&& b) {
  return record(op::Remainder{}, std::forward<A>(a), std::forward<B>(b));
}
/// The same, and of n the sign and the last bits.
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] auto remquo(const A& a, const B& b, int* n) {
  const auto a_plain = detail::plain(detail::number_beside<A, B>(a));
  const auto b_plain = detail::plain(detail::number_beside<B, A>(b));
  static_cast<void>(std::remquo(a_plain, decltype(a_plain)(b_plain), n));
  using Number = typename detail::CommonNumber<A, B>::type;
  if (detail::are_told<Number>()) [[unlikely]] {
    const Number from(a), by(b), quotient((from - remainder(from, by)) / by);
    constexpr double kNear =
        0x1p50;  // so far it is nearest to the integer that it is but for rounding
    if (abs(quotient) < kNear || isnan(quotient)) {
      static_cast<void>(llround(quotient));
    } else {
      detail::tell_bounds(from, {static_cast<double>(a_plain), static_cast<double>(a_plain)});
      detail::tell_bounds(by, {static_cast<double>(b_plain), static_cast<double>(b_plain)});
    }
  }
  return remainder(a, b);
}
}  // namespace nabla
