// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

// A Lane is one number in a loop that is to become vector code. It computes as a float or a double
// does, but nothing in it branches or calls a function that a loop could not hold: choose() works on
// bits, and the functions of lane_math.hpp are arithmetic from end to end. So the formula of an op,
// written once for any number, is the body of its vector kernel when it is run on Lanes.
// What is always inlined must call nothing that is not: GCC looks at such a function too late to put it into
// a kernel, and the loop goes number by number.

namespace nabla {

/// `a` if the condition holds, else `b`. Both are computed.
template <class T>
[[nodiscard]] constexpr T choose(bool condition, const T& a, const T& b) {
  return condition ? a : b;
}
/// The same of a number of another kind and a plain one.
template <class T, class Plain>
requires(!std::is_arithmetic_v<T> && std::is_arithmetic_v<Plain> &&
         std::is_constructible_v<T, Plain>) [[nodiscard]] constexpr T
    choose(bool condition, const T& a, Plain b) {
  return choose(condition, a, T(b));
}
template <class T, class Plain>
requires(!std::is_arithmetic_v<T> && std::is_arithmetic_v<Plain> &&
         std::is_constructible_v<T, Plain>) [[nodiscard]] constexpr T
    choose(bool condition, Plain a, const T& b) {
  return choose(condition, T(a), b);
}

namespace kernels {

/// a or b, without a branch: both have been computed.
[[nodiscard, gnu::always_inline]] constexpr bool either(bool a, bool b) {
  return (static_cast<int>(a) | static_cast<int>(b)) != 0;
}
/// a and b, likewise.
[[nodiscard, gnu::always_inline]] constexpr bool both(bool a, bool b) {
  return (static_cast<int>(a) & static_cast<int>(b)) != 0;
}

template <class T>
class Lane {
 public:
  using Number = T;

  constexpr Lane() = default;
  template <class X>
  requires std::is_arithmetic_v<X>
  [[gnu::always_inline]] constexpr Lane(X number)
      : number_(static_cast<T>(number)) {}  // NOLINT: literals in formulas

  [[nodiscard, gnu::always_inline]] constexpr T number() const { return number_; }
  template <class X>
  requires std::is_arithmetic_v<X>
  constexpr explicit operator X() const { return static_cast<X>(number_); }

  [[gnu::always_inline]] friend constexpr Lane operator+(Lane a, Lane b) {
    return a.number_ + b.number_;
  }
  [[gnu::always_inline]] friend constexpr Lane operator-(Lane a, Lane b) {
    return a.number_ - b.number_;
  }
  [[gnu::always_inline]] friend constexpr Lane operator*(Lane a, Lane b) {
    return a.number_ * b.number_;
  }
  [[gnu::always_inline]] friend constexpr Lane operator/(Lane a, Lane b) {
    return a.number_ / b.number_;
  }
  [[gnu::always_inline]] friend constexpr Lane operator-(Lane a) { return -a.number_; }
  [[gnu::always_inline]] friend constexpr Lane operator+(Lane a) { return a; }
  [[gnu::always_inline]] constexpr Lane& operator+=(Lane b) { return *this = *this + b; }
  [[gnu::always_inline]] constexpr Lane& operator-=(Lane b) { return *this = *this - b; }
  [[gnu::always_inline]] constexpr Lane& operator*=(Lane b) { return *this = *this * b; }
  [[gnu::always_inline]] constexpr Lane& operator/=(Lane b) { return *this = *this / b; }

  [[gnu::always_inline]] friend constexpr bool operator<(Lane a, Lane b) {
    return a.number_ < b.number_;
  }
  [[gnu::always_inline]] friend constexpr bool operator<=(Lane a, Lane b) {
    return a.number_ <= b.number_;
  }
  [[gnu::always_inline]] friend constexpr bool operator>(Lane a, Lane b) {
    return a.number_ > b.number_;
  }
  [[gnu::always_inline]] friend constexpr bool operator>=(Lane a, Lane b) {
    return a.number_ >= b.number_;
  }
  [[gnu::always_inline]] friend constexpr bool operator==(Lane a, Lane b) {
    return a.number_ == b.number_;
  }
  [[gnu::always_inline]] friend constexpr bool operator!=(Lane a, Lane b) {
    return a.number_ != b.number_;
  }

  // In integers, because a compiler makes branches of anything it could skip.
  [[gnu::always_inline]] friend constexpr Lane choose(bool condition, Lane a, Lane b) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
    const Bits mask = -static_cast<Bits>(condition);
    return std::bit_cast<T>((std::bit_cast<Bits>(a.number_) & mask) |
                            (std::bit_cast<Bits>(b.number_) & ~mask));
  }
  [[gnu::always_inline]] friend constexpr Lane where(bool condition, Lane a, Lane b) {
    return choose(condition, a, b);
  }

  /// a b + c, rounded once where the instruction set can.
  [[gnu::always_inline]] friend constexpr Lane multiply_add(Lane a, Lane b, Lane c) {
    return a.number_ * b.number_ + c.number_;
  }

 private:
  T number_ = 0;
};

/// What arrives times a slope: 0 where nothing arrives, though the slope may be infinite or NaN.
template <class T>
[[nodiscard, gnu::always_inline]] constexpr T chain(T g, T slope) {
  return choose(Lane<T>(g) == Lane<T>(0), Lane<T>(0), Lane<T>(g) * Lane<T>(slope)).number();
}

template <class T>
inline constexpr bool is_lane = false;
template <class T>
inline constexpr bool is_lane<Lane<T>> = true;

}  // namespace kernels
}  // namespace nabla
