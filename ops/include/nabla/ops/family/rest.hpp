// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include <nabla/engine/error.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/round.hpp>

// What the rests of a division have in common, y = a - n b with an integer n: dy/da = 1 and
// dy/db = -n. They differ in which n they take.

namespace nabla {

namespace detail {
/// Errors    DomainError that names `op` if an integer divisor is 0
inline void check_divisor(std::string_view op, std::int64_t b) {
  if (b == 0)
    throw DomainError("[" + std::string(op) + "] got int64 divided by 0, need another divisor");
}
/// a - n b, n = a / b without its fraction.
inline std::int64_t whole_rest(std::string_view op, std::int64_t a, std::int64_t b) {
  check_divisor(op, b);
  return b == -1 ? 0 : a % b;  // the quotient may not be an int64
}

/// (to - from) / b, which is an integer but for rounding. A difference that overflows is halved, as b is.
template <class T>
[[nodiscard]] constexpr T whole_quotient(const T& from, const T& to, const T& b) {
  using std::round;
  const auto d = to - from;
  const auto top = where(d - d == 0, d, T(0.5) * to - T(0.5) * from);
  return static_cast<T>(round(top / where(d - d == 0, T(1) * b, T(0.5) * b)));
}
}  // namespace detail

template <class Self>
struct Rest : Binary<Self> {
  static constexpr DType least_dtype = int64;
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& /*a*/, const T& /*b*/,
                                                    const T& /*y*/) {
    return T(1);
  }
  // y - a is a multiple of b but for rounding, while a / b may have been rounded to an integer. y is b
  // where that is infinite and has another sign than a, or by rounding: n = -1.
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& y) {
    return where(y == b, T(1), detail::whole_quotient(a, y, b));
  }
};

/// The n itself: its slopes are 0. An op says `rest(a, b)`, of floating numbers, and `whole(a, b)`, n of
/// integers. Modulo 2^64, like all arithmetic of those.
template <class Self>
struct Quotient : Binary<Self> {
  static constexpr DType least_dtype = int64;
  template <class T>
  [[gnu::always_inline]] static constexpr bool is_usual(const T& a, const T& b) {
    return is_usual_quotient(a, b);
  }
  // a less its rest is a multiple of b but for rounding, while a / b may have been rounded up.
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    const T rest = Self::rest(a, b);
    return choose(b == 0, a / b, choose(rest == b, T(-1), detail::whole_quotient(rest, a, b)));
  }
  static std::int64_t value(std::int64_t a, std::int64_t b) {
    detail::check_divisor(Self::info.name, b);
    return b == -1 ? static_cast<std::int64_t>(-static_cast<std::uint64_t>(a)) : Self::whole(a, b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& /*a*/, const T& /*b*/,
                                                    const T& /*y*/) {
    return T(0);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& /*a*/, const T& /*b*/,
                                                    const T& /*y*/) {
    return T(0);
  }
};

}  // namespace nabla
