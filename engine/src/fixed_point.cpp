// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/fixed_point.hpp>

namespace nabla::detail {

bool has_converged(const std::vector<double>& from, const std::vector<double>& to,
                   const FixedPointOptions& options) {
  if (from.size() != to.size()) {
    throw ShapeError(fmt::format("[fixed_point] f gave {} numbers for {}, need as many", to.size(),
                                 from.size()));
  }
  double largest = 0.0;
  for (const double x : to) largest = std::max(largest, std::abs(x));
  for (std::size_t i = 0; i < to.size(); ++i) {
    // NaN has not converged.
    if (!(std::abs(to[i] - from[i]) <= options.tolerance * (1.0 + largest))) return false;
  }
  return true;
}

void throw_not_converged(const char* what, const FixedPointOptions& options) {
  throw DomainError(
      fmt::format("[fixed_point] {} still changes by more than {} after {} iterations", what,
                  options.tolerance, options.iterations));
}

}  // namespace nabla::detail
