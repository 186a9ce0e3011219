// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <nabla/kernels/lane.hpp>

namespace nabla::kernels {

/// x times 2^exponent, rounded to the range of double.
[[nodiscard]] inline double times_power_of_two(double x, std::int64_t exponent) {
  constexpr std::int64_t kBeyond = 4000, kBias = 1023, kDigits = 52;
  if (exponent > -kBias && exponent <= kBias)
    return x * std::bit_cast<double>((exponent + kBias) << kDigits);
  return std::ldexp(x, static_cast<int>(std::clamp(exponent, -kBeyond, kBeyond)));
}

/// A product that has lost digits to underflow becomes 0. A running product of such stays 0, so that its
/// end tells (see is_kept).
[[nodiscard]] inline double kept(double product) {
  constexpr double kLeast = std::numeric_limits<double>::min();
  return choose(std::fabs(product) < kLeast, Lane<double>(0), Lane<double>(product)).number();
}
/// True if a running product of kept() has neither overflowed nor lost digits. False, too, if a factor was
/// 0.
[[nodiscard]] inline bool is_kept(double product) {
  return both(std::fabs(product) <= std::numeric_limits<double>::max(), product != 0);
}

/// A product of numbers, parts of which may leave the range of double though the whole does not: a
/// mantissa times a power of two. It is rounded as a plain product is, and once more if it is denormal.
/// Numbers may be added on the way, as in Horner's rule.
///
///     ScaledProduct y;   y *= 1e-200;   y *= 1e-200;   y *= 1e300;   y.value() == 1e-100 (rounded)
class ScaledProduct {
 public:
  ScaledProduct& operator*=(double x) {
    if (is_near(x)) {
      mantissa_ *= x;
      return is_near(mantissa_) ? *this : set(mantissa_, exponent_);
    }
    int of_factor = 0;
    const double factor = std::frexp(x, &of_factor);
    return set(mantissa_ * factor, exponent_ + of_factor);
  }
  ScaledProduct& operator*=(const ScaledProduct& x) {
    return set(mantissa_ * x.mantissa_, exponent_ + x.exponent_);
  }
  ScaledProduct& operator/=(double x) {
    if (is_near(x)) {
      mantissa_ /= x;
      return is_near(mantissa_) ? *this : set(mantissa_, exponent_);
    }
    int of_divisor = 0;
    const double divisor = std::frexp(x, &of_divisor);
    return set(mantissa_ / divisor, exponent_ - of_divisor);
  }
  ScaledProduct& operator+=(double x) {
    if (x == 0) return *this;
    int of_term = 0;
    const double term = std::frexp(x, &of_term);
    if (is_zero()) return set(term, of_term);
    const std::int64_t unit = std::max<std::int64_t>(exponent(), of_term);
    return set(value(unit) + times_power_of_two(term, of_term - unit), unit);
  }
  [[nodiscard]] bool is_zero() const { return mantissa_ == 0; }
  /// The product, rounded to the range of double; or in units of 2^unit.
  [[nodiscard]] double value(std::int64_t unit = 0) const {
    return times_power_of_two(mantissa_, exponent_ - unit);
  }
  /// The least e such that the product is below 2^e in size; unless it is 0, infinite or NaN.
  [[nodiscard]] std::int64_t exponent() const {
    int more = 0;
    static_cast<void>(std::frexp(mantissa_, &more));
    return exponent_ + more;
  }

 private:
  // Of a product or quotient of two such numbers, nothing is lost.
  static bool is_near(double x) { return std::fabs(x) < 0x1p500 && std::fabs(x) > 0x1p-500; }

  double mantissa_ = 1;  ///< near, unless it is 0, infinite or NaN
  std::int64_t exponent_ = 0;

  ScaledProduct& set(double mantissa, std::int64_t exponent) {
    int more = 0;
    mantissa_ = std::frexp(mantissa, &more);
    exponent_ = exponent + more;
    return *this;
  }
};

}  // namespace nabla::kernels
