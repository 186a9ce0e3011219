// SPDX-License-Identifier: MIT
// Rows of numbers that Programs are evaluated for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <nabla/engine/random.hpp>

namespace nabla::test {

using Numbers = std::vector<double>;

/// Numbers in [-1, 1), the same for the same seed.
inline Numbers random_numbers(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  Numbers numbers(count);
  for (double& number : numbers) number = 2 * random.uniform() - 1;
  return numbers;
}

/// One row of a matrix that lies by rows.
inline Numbers row_of(const Numbers& all, std::size_t row, std::size_t columns) {
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(row * columns);
  return {first, first + static_cast<std::ptrdiff_t>(columns)};
}

}  // namespace nabla::test
