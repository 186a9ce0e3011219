// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include <nabla/engine/error.hpp>
#include <nabla/kernels/lane_power.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/log.hpp>

namespace nabla {
namespace op {
struct Pow : Binary<Pow> {
  static constexpr OpInfo info{
      .name = "pow",
      .symbol = "^",
      .formula = "y = a^b",
      .gradient = "dy/da = b a^(b - 1), dy/db = y ln a",
      .domain = "a > 0, or a = 0 and b >= 0, or a < 0 and b an integer; of integers b >= 0",
      .kinks =
          "b = 0: dy/da = 0, of NaN too; a = 0: dy/db = 0 for b >= 0, -inf for b < 0; a < 0: dy/db "
          "is NaN; b "
          "infinite: even, and dy/da = 0 where y = 0",
      .accuracy = "<= 1 ulp on tensors",
      .source = "DLMF 4.2",
      .samples = {{0.4, 2.5}, {-1.5, 2.5}}};
  static constexpr DType least_dtype = int64;
  // GCC calls these for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::pow;
    return static_cast<T>(pow(a, b));
  }
  // Modulo 2^64, like all arithmetic of integers.
  static std::int64_t value(std::int64_t a, std::int64_t b) {
    if (b < 0) {
      throw DTypeError(
          "[pow] got int64 to a negative power, need float32 or float64; convert with "
          ".to(float32)");
    }
    std::uint64_t y = 1;
    std::uint64_t square = static_cast<std::uint64_t>(a);
    for (auto bits = static_cast<std::uint64_t>(b); bits != 0; bits >>= 1, square *= square) {
      if ((bits & 1) != 0) y *= square;
    }
    return static_cast<std::int64_t>(y);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    // Of 0 and infinity, the limit of b a^(b - 1) is 0. Elsewhere it is 0 at b = 0 by itself, and goes
    // on depending on b; but there even NaN has the power 1.
    // Where b - 1 is rounded, b is even and b - 1 odd, which its neighbours are not.
    const T before = T(b - 1);
    const T sign = where(a < 0, where(b - before == 1, T(1), T(-1)), T(1));
    const T factor = sign * power(a, before);
    const T slope = b * factor, sum = b + factor;
    return where(slope == slope, slope, where(sum == sum, T(0), where(b == 0, T(0), slope)));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& y) {
    using std::log;
    const T slope = y * log(a);
    return where(a == 0, where(b >= 0, T(0), T(-std::numeric_limits<double>::infinity())),
                 where(y == 0, where(a > 0, T(0), slope), slope));
  }
  // With a C++ number as exponent.
  template <class F>
  static void for_number(double exponent, const F& f) {
    kernels::for_exponent(exponent, f);
  }
  template <class T, int Halves>
  [[gnu::always_inline]] static kernels::Lane<T> value(const kernels::Lane<T>& a,
                                                       kernels::HalfInteger<Halves> /*b*/) {
    return kernels::power<Halves>(a);
  }
  template <class T, int Halves>
  [[gnu::always_inline]] static kernels::Lane<T> slope_a(const kernels::Lane<T>& a,
                                                         kernels::HalfInteger<Halves> b,
                                                         const kernels::Lane<T>& /*y*/) {
    if constexpr (Halves == 0) {
      return 0;
    } else {
      return b.value * kernels::power<Halves - 2>(a);
    }
  }

 private:
  // Inside a recorded sweep T is a Tensor, and this factor is an op again.
  template <class T>
  [[gnu::always_inline]] static constexpr T power(const T& a, const T& b) {
    if constexpr (std::is_floating_point_v<T>) {
      return std::pow(a, b);
    } else {
      return record(Pow{}, a, b);
    }
  }
};
}  // namespace op

/// a to the power b.
/// Shapes    broadcast together
template <class A, class B>
requires Operands<A, B>
[[nodiscard]] constexpr auto pow(A&& a, B&& b) {
  return record(op::Pow{}, std::forward<A>(a), std::forward<B>(b));
}
}  // namespace nabla
