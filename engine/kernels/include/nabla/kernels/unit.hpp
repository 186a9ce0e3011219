// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>

// Numbers whose squares or sums leave the range of T are measured in another unit, a power of two: what
// comes out is the same but for that unit, and nothing is rounded on the way.

namespace nabla::kernels {

/// True if a sum of squares, or of powers, neither overflowed nor lost a part of itself to underflow.
/// False of 0 and of NaN. The sum may be of another type than T, whose range it is.
template <std::floating_point T, class Sum>
[[nodiscard]] constexpr bool fits_in(const Sum& sum_of_squares) {
  using Limits = std::numeric_limits<T>;
  return sum_of_squares > Limits::min() / Limits::epsilon() &&
         sum_of_squares < Limits::max() * Limits::epsilon();
}
template <std::floating_point T>
[[nodiscard]] constexpr bool fits(T sum_of_squares) {
  return fits_in<T>(sum_of_squares);
}

/// A power of two, as an exponent allows it: in it, numbers of this size have squares and sums that fit.
/// 1 for sizes that are 0, infinite or NaN. It has an inverse, and neither is denormal.
template <std::floating_point T>
[[nodiscard]] inline T unit_of(T size) {
  constexpr int kMost = std::numeric_limits<T>::max_exponent - 24;
  if (size == 0 || !std::isfinite(size)) return 1;
  return std::ldexp(T{1}, std::clamp(std::ilogb(size), -kMost, kMost));
}

}  // namespace nabla::kernels
