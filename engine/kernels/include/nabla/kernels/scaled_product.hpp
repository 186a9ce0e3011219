// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace nabla::kernels {

/// A product of numbers, parts of which may leave the range of double though the whole does not: a
/// mantissa times a power of two. It is rounded as a plain product is, and has all of its digits.
///
///     ScaledProduct y;   y *= 1e-200;   y *= 1e-200;   y *= 1e300;   y.value() == 1e-100 (rounded)
class ScaledProduct {
 public:
  ScaledProduct& operator*=(double x) {
    int of_factor = 0;
    const double factor = std::frexp(x, &of_factor);
    return set(mantissa_ * factor, exponent_ + of_factor);
  }
  ScaledProduct& operator/=(double x) {
    int of_divisor = 0;
    const double divisor = std::frexp(x, &of_divisor);
    return set(mantissa_ / divisor, exponent_ - of_divisor);
  }
  /// The product, rounded to the range of double; or in units of 2^unit.
  [[nodiscard]] double value(std::int64_t unit = 0) const {
    constexpr std::int64_t kBeyond = 4000;
    return std::ldexp(mantissa_, static_cast<int>(std::clamp(exponent_ - unit, -kBeyond, kBeyond)));
  }
  /// The least e such that the product is below 2^e in size; unless it is 0, infinite or NaN.
  [[nodiscard]] std::int64_t exponent() const { return exponent_; }

 private:
  double mantissa_ = 0.5;
  std::int64_t exponent_ = 1;

  ScaledProduct& set(double mantissa, std::int64_t exponent) {
    int more = 0;
    mantissa_ = std::frexp(mantissa, &more);
    exponent_ = exponent + more;
    return *this;
  }
};

/// True if a running product has neither overflowed nor lost digits to underflow, provided that what is
/// denormal was made 0. False, too, if a factor was 0.
[[nodiscard]] inline bool is_kept(double product) { return std::isfinite(product) && product != 0; }

}  // namespace nabla::kernels
