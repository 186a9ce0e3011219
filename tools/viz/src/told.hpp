// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <nabla/engine/graph.hpp>

// Single numbers that stand for tensors, in recordings and pages alike.

namespace nabla::viz::detail {

/// Statistics leave out what is not finite; this tells it: NaN if an element is, else infinity if one is.
[[nodiscard]] inline double told(double of_finite, const Stats& stats) {
  if (stats.nans > 0) return std::numeric_limits<double>::quiet_NaN();
  if (stats.infinities > 0) return std::numeric_limits<double>::infinity();
  return of_finite;
}

/// What is finite stays so.
[[nodiscard]] inline float narrowed(double x) {
  constexpr double kMost = std::numeric_limits<float>::max();
  return static_cast<float>(std::isfinite(x) ? std::clamp(x, -kMost, kMost) : x);
}

}  // namespace nabla::viz::detail
