// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

namespace nabla::test {

/// How far `got` is from the exact result, in units in the last place of that; infinite where one is
/// finite or a number and the other is not.
template <class T>
double ulps(T got, long double exact) {
  const T rounded = static_cast<T>(exact);
  if (got == rounded || (std::isnan(got) && std::isnan(rounded))) return 0;
  if (!std::isfinite(got) || !std::isfinite(rounded))
    return std::numeric_limits<double>::infinity();
  int exponent = 0;
  static_cast<void>(std::frexp(exact, &exponent));
  using Limits = std::numeric_limits<T>;
  const int last = std::max(exponent, Limits::min_exponent) - Limits::digits;
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) *
                             std::ldexp(1.0L, -last));
}

/// 300,009 numbers: a third by their bits, so that they have all sizes, the rest around 1.
template <class T>
std::vector<T> all_sizes() {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  std::mt19937_64 random(1);
  std::uniform_real_distribution<T> uniform(-30, 30);
  std::vector<T> numbers;
  for (int i = 0; i < 100'003; ++i) {
    numbers.push_back(std::bit_cast<T>(static_cast<Bits>(random())));
    numbers.push_back(uniform(random));
    numbers.push_back(uniform(random) / 30);
  }
  return numbers;
}

}  // namespace nabla::test
