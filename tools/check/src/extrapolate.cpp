// SPDX-License-Identifier: MIT
#include "extrapolate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace nabla::check::detail {

namespace {

constexpr std::size_t kColumns = 7;
constexpr std::size_t kFinerRows = 3;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Cell {
  double value = 0.0;
  double round_off = 0.0;
};
using Row = std::array<Cell, kColumns>;

struct Candidate {
  double value = 0.0;
  double bound = kInfinity;
};

/// Fills row k from the row above it, and returns the entry with the smallest bound.
Candidate fill(Row& row, const Row* above, std::size_t columns, const Quotient& quotient,
               double base) {
  row[0] = {quotient.value, quotient.round_off};
  Candidate best;
  double power = 1.0;
  for (std::size_t j = 1; j < columns; ++j) {
    power *= base;
    const Cell& left = row[j - 1];
    const Cell& diagonal = (*above)[j - 1];
    row[j].value = left.value + (left.value - diagonal.value) / (power - 1);
    row[j].round_off = (power * left.round_off + diagonal.round_off) / (power - 1);
    const double truncation =
        std::max(std::abs(row[j].value - left.value), std::abs(row[j].value - diagonal.value));
    const double bound = truncation + row[j].round_off;
    if (bound < best.bound) best = {row[j].value, bound};
  }
  return best;
}

/// True if every row after k agrees with k's entry within both bounds.
bool agrees_with_finer_rows(std::span<const Candidate> rows, std::size_t k) {
  for (std::size_t m = k + 1; m < rows.size(); ++m) {
    const double difference = std::abs(rows[k].value - rows[m].value);
    if (!(difference <= rows[k].bound + rows[m].bound)) return false;
  }
  return true;
}

}  // namespace

Extrapolated extrapolate(std::span<const Quotient> quotients, double base) {
  Extrapolated result{std::numeric_limits<double>::quiet_NaN(), kInfinity, 0.0};
  std::vector<Candidate> best(quotients.size());
  Row rows[2];
  for (std::size_t k = 0; k < quotients.size(); ++k) {
    best[k] = fill(rows[k % 2], &rows[(k + 1) % 2], std::min(k + 1, kColumns), quotients[k], base);
  }
  for (std::size_t k = 1; k + kFinerRows < quotients.size(); ++k) {
    if (best[k].bound < result.bound && agrees_with_finer_rows(best, k)) {
      result.value = best[k].value;
      result.bound = best[k].bound;
      result.step = quotients[k].step;
    }
  }
  return result;
}

double noise_of(std::span<const double> values) {
  double size = 0.0;
  for (const double value : values) size = std::max(size, std::abs(value));
  if (size == 0) return 0.0;
  std::vector<double> differences;  // in units of the size, so that squares stay in range
  for (const double value : values) differences.push_back(value / size);
  double noise = 0.0;
  double gamma = 1.0;  // (k!)^2 / (2k)!
  for (std::size_t k = 1; k + 2 < values.size(); ++k) {
    double squares = 0.0;
    const std::size_t count = values.size() - k;
    for (std::size_t i = 0; i < count; ++i) {
      differences[i] = differences[i + 1] - differences[i];
      squares += differences[i] * differences[i];
    }
    gamma *= static_cast<double>(k) / (2.0 * (2.0 * static_cast<double>(k) - 1.0));
    // Differences of low order still contain the function itself.
    if (k >= 4) {
      noise = std::max(noise, std::sqrt(gamma * squares / static_cast<double>(count)));
    }
  }
  return noise * size;
}

}  // namespace nabla::check::detail
