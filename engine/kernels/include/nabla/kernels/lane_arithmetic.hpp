// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <nabla/kernels/lane.hpp>

// What the functions on Lanes are built from: the bits of a number, polynomials, and arithmetic
// that keeps what rounding loses.

namespace nabla::kernels {
namespace detail {

// How a number is laid out, and where the functions end.
template <class T>
struct Layout;
template <>
struct Layout<float> {
  using Bits = std::int32_t;
  using Unsigned = std::uint32_t;
  static constexpr int mantissa = 23;
  static constexpr int bias = 127;
  static constexpr double ln2_high = 0x1.63p-1;  // times any exponent is exact
  static constexpr float exp_least = -104;       // e to that is 0
  static constexpr float exp_usual = 87;  // e to less, or to more than its negative, is normal
  static constexpr int sinh_terms = 5;
  static constexpr int tanh_terms = 4;
  static constexpr float tanh_end = 10;         // 1 from here on
  static constexpr float erf_end = 4;           // 1 from here on
  static constexpr float erfc_end = 10.2F;      // 0 from here on
  static constexpr std::int32_t head = ~0xfff;  // what a square is exact of
};
template <>
struct Layout<double> {
  using Bits = std::int64_t;
  using Unsigned = std::uint64_t;
  static constexpr int mantissa = 52;
  static constexpr int bias = 1023;
  static constexpr double ln2_high = 0x1.62e42feep-1;
  static constexpr double exp_least = -746;
  static constexpr double exp_usual = 708;
  static constexpr int sinh_terms = 8;
  static constexpr int tanh_terms = 8;
  static constexpr double tanh_end = 20;
  static constexpr double erf_end = 6;
  static constexpr double erfc_end = 27.5;
  static constexpr std::int64_t head = ~0x7ffffff;
};

/// C[0] + C[1] x + C[2] x^2 + ...; or of every `Step`-th of C, from C[I] on.
template <const auto& C, std::size_t I = 0, std::size_t Step = 1, class T>
[[gnu::always_inline]] constexpr Lane<T> polynomial(Lane<T> x) {
  if constexpr (I + Step >= C.size()) {
    return Lane<T>(C[I]);
  } else {
    return multiply_add(polynomial<C, I + Step, Step>(x), x, Lane<T>(C[I]));
  }
}

/// The same of at least two terms, even and odd powers apart: half as long to wait for, one product more.
template <const auto& C, class T>
[[gnu::always_inline]] constexpr Lane<T> polynomial_apart(Lane<T> x) {
  const Lane<T> z = x * x;
  return multiply_add(polynomial<C, 1, 2>(z), x, polynomial<C, 0, 2>(z));
}

template <class T>
[[gnu::always_inline]] constexpr Lane<T> from_bits(typename Layout<T>::Bits bits) {
  return std::bit_cast<T>(bits);
}
template <class T>
[[gnu::always_inline]] constexpr typename Layout<T>::Bits to_bits(Lane<T> x) {
  return std::bit_cast<typename Layout<T>::Bits>(x.number());
}

/// 2^n. Requires  a result in the normal range
template <class T>
[[gnu::always_inline]] constexpr Lane<T> power_of_two(int n) {
  using L = Layout<T>;
  return from_bits<T>(static_cast<typename L::Bits>(n + L::bias) << L::mantissa);
}

/// Greater than any number with a fraction: rounded_to() it gives an integer.
template <class T>
inline constexpr T kToInteger = static_cast<T>(3 * (std::int64_t{1} << (Layout<T>::mantissa - 1)));

/// 2^n. Requires  an integer; a result in the normal range
template <class T>
[[gnu::always_inline]] constexpr Lane<T> power_of_two(Lane<T> n) {
  using L = Layout<T>;
  const auto bits = static_cast<typename L::Unsigned>(to_bits(n + (kToInteger<T> + L::bias)));
  return from_bits<T>(static_cast<typename L::Bits>(bits << L::mantissa));
}

/// The smaller, the greater of a number and a bound; NaN stays.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> at_most(Lane<T> x, T bound) {
  return choose(x > Lane<T>(bound), Lane<T>(bound), x);
}
template <class T>
[[gnu::always_inline]] constexpr Lane<T> at_least(Lane<T> x, T bound) {
  return choose(x < Lane<T>(bound), Lane<T>(bound), x);
}

/// x without the lower half of its digits: products of such are exact.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> head(Lane<T> x) {
  return from_bits<T>(to_bits(x) & Layout<T>::head);
}

/// x rounded to what stands in the last place of `grid`, which is 1.5 times a power of two and much
/// greater. What is left, x less that, is exact.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> rounded_to(Lane<T> x, T grid) {
  return (x + Lane<T>(grid)) - Lane<T>(grid);
}

/// high + low, with what the rounding of `high` lost in `low`.
template <class T>
struct Pair {
  Lane<T> high, low;
};
/// a + b. Requires  |a| >= |b|, or an exact sum
template <class T>
[[gnu::always_inline]] constexpr Pair<T> sum(Lane<T> a, Lane<T> b) {
  const Lane<T> high = a + b;
  return {high, b - (high - a)};
}

/// -x where the last bit is set, else x.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> negate_if(typename Layout<T>::Bits bit, Lane<T> x) {
  using U = typename Layout<T>::Unsigned;
  const U sign = static_cast<U>(bit) << (8 * sizeof(T) - 1);
  return from_bits<T>(static_cast<typename Layout<T>::Bits>(static_cast<U>(to_bits(x)) ^ sign));
}
/// a where the last bit is set, else b.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> choose_if(typename Layout<T>::Bits bit, Lane<T> a,
                                                   Lane<T> b) {
  const typename Layout<T>::Bits mask = -(bit & 1);
  return from_bits<T>((to_bits(a) & mask) | (to_bits(b) & ~mask));
}

}  // namespace detail

/// A Lane whose number is usual as an argument of some functions, which then give the same as for
/// any Lane, but sooner: is_usual_angle(), is_usual_exponent() and so on tell for which.
template <class T>
class UsualLane : public Lane<T> {
 public:
  using Lane<T>::Lane;
  [[gnu::always_inline]] constexpr UsualLane(Lane<T> x) : Lane<T>(x) {}  // NOLINT: as it is

  [[gnu::always_inline]] friend constexpr UsualLane choose(bool condition, UsualLane a,
                                                           UsualLane b) {
    return choose(condition, Lane<T>(a), Lane<T>(b));
  }
  [[gnu::always_inline]] friend constexpr UsualLane where(bool condition, UsualLane a,
                                                          UsualLane b) {
    return choose(condition, a, b);
  }
};
template <class T>
inline constexpr bool is_lane<UsualLane<T>> = true;

template <class T>
[[gnu::always_inline]] inline Lane<T> sqrt(Lane<T> x) {
  return std::sqrt(x.number());
}
// Not of its bits, because a compiler knows that |-x| is |x|.
template <class T>
[[gnu::always_inline]] constexpr Lane<T> abs(Lane<T> x) {
  if constexpr (sizeof(T) == 4) {
    return __builtin_fabsf(x.number());
  } else {
    return __builtin_fabs(x.number());
  }
}
template <class T>
[[gnu::always_inline]] constexpr Lane<T> copysign(Lane<T> size, Lane<T> sign) {
  using Bits = typename detail::Layout<T>::Bits;
  return detail::from_bits<T>((detail::to_bits(size) & std::numeric_limits<Bits>::max()) |
                              (detail::to_bits(sign) & std::numeric_limits<Bits>::min()));
}

}  // namespace nabla::kernels
