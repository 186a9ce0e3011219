// SPDX-License-Identifier: MIT
#include "direction.hpp"

#include <algorithm>
#include <cmath>

namespace nabla::check::detail {

namespace {

/// Inputs below this move as if they had this size. Single precision needs wider steps.
double smallest(const Problem& problem) { return problem.is_float32 ? 0x1p-2 : 0x1p-7; }

double power_of_two_below(double x) { return std::exp2(std::floor(std::log2(x))); }

/// x with 8 significant binary digits.
double rounded(double x) {
  int exponent = 0;
  const double mantissa = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(mantissa, 8)), exponent - 8);
}

}  // namespace

double unit_of(const Problem& problem, std::size_t element) {
  const double size = std::abs(problem.at[element]), least = smallest(problem);
  return std::isfinite(size) ? power_of_two_below(std::max(size, least)) : least;
}

Direction along_element(const Problem& problem, std::size_t element) {
  return {"element", {element}, {unit_of(problem, element)}};
}

Direction along_signs(const Problem& problem, Random& random) {
  Direction direction{"all inputs, +-1", {}, {}};
  for (std::size_t i = 0; i < problem.at.size(); ++i) {
    direction.index.push_back(i);
    direction.step.push_back((random.bits() & 1) != 0 ? unit_of(problem, i) : -unit_of(problem, i));
  }
  return direction;
}

Direction along_normal(const Problem& problem, Random& random, std::size_t first,
                       std::size_t count) {
  Direction direction{"all inputs, normal", {}, {}};
  for (std::size_t i = first; i < first + count; ++i) {
    direction.index.push_back(i);
    direction.step.push_back(rounded(random.normal()) * unit_of(problem, i));
  }
  return direction;
}

Direction along_few(const Problem& problem, Random& random) {
  const std::size_t n = problem.at.size();
  const auto count = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(n))));
  Direction direction{"a few inputs", {}, {}};
  while (direction.index.size() < count) {
    const auto i = static_cast<std::size_t>(random.below(n));
    const std::vector<std::size_t>& taken = direction.index;
    if (std::find(taken.begin(), taken.end(), i) != taken.end()) continue;
    direction.index.push_back(i);
    direction.step.push_back((random.bits() & 1) != 0 ? unit_of(problem, i) : -unit_of(problem, i));
  }
  return direction;
}

Direction along_ones(const Problem& problem) {
  Direction direction{"all inputs, +1", {}, {}};
  double unit = problem.at.empty() ? 1.0 : unit_of(problem, 0);
  for (std::size_t i = 0; i < problem.at.size(); ++i) unit = std::min(unit, unit_of(problem, i));
  for (std::size_t i = 0; i < problem.at.size(); ++i) {
    direction.index.push_back(i);
    direction.step.push_back(unit);
  }
  return direction;
}

std::optional<Direction> narrowed(const Problem& problem, const Direction& direction) {
  Direction result = direction;
  const double least = smallest(problem);
  bool changed = false;
  for (std::size_t k = 0; k < direction.index.size(); ++k) {
    const double size = std::abs(problem.at[direction.index[k]]);
    if (size == 0 || !(size < least)) continue;
    result.step[k] *= power_of_two_below(size) / least;
    changed = true;
  }
  if (!changed) return std::nullopt;
  return result;
}

}  // namespace nabla::check::detail
