// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
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
    // NaN and infinity have not converged.
    const bool is_near = std::abs(to[i] - from[i]) <= options.tolerance * (1.0 + largest);
    if (!std::isfinite(to[i]) || !is_near) return false;
  }
  return true;
}

ScaledNumbers scaled(std::span<const double> numbers) {
  double largest = 0.0;
  for (const double number : numbers) largest = std::max(largest, std::abs(number));
  const bool has_scale = largest > 0.0 && std::isfinite(largest);
  const double scale = has_scale ? std::ldexp(1.0, std::ilogb(largest)) : 1.0;
  ScaledNumbers result{{numbers.begin(), numbers.end()}, scale};
  for (double& number : result.numbers) number /= scale;
  return result;
}

void throw_not_converged(const char* what, const std::vector<double>& x,
                         const FixedPointOptions& options) {
  const auto odd = std::ranges::find_if(x, [](double number) { return !std::isfinite(number); });
  if (odd != x.end()) {
    throw DomainError(
        fmt::format("[fixed_point] number {} of {} is {} after {} iterations, need finite ones",
                    odd - x.begin(), what, *odd, options.iterations));
  }
  throw DomainError(
      fmt::format("[fixed_point] {} still changes by more than {} after {} iterations", what,
                  options.tolerance, options.iterations));
}

}  // namespace nabla::detail
