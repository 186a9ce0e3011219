// SPDX-License-Identifier: MIT
#include "histogram.hpp"

#include <algorithm>
#include <cmath>

namespace nabla::viz::detail {

Histogram histogram_of(std::vector<double> numbers) {
  Histogram result;
  std::erase_if(numbers, [](double x) { return !std::isfinite(x); });
  if (numbers.empty()) return result;
  const auto [least, greatest] = std::ranges::minmax(numbers);
  result.lower = least;
  result.upper = greatest;
  result.counts.assign(kHistogramBins, 0);
  // Halves, so that the width of the widest range is finite.
  const double half_width = greatest / 2 - least / 2;
  for (const double x : numbers) {
    const double share = half_width > 0.0 ? (x / 2 - least / 2) / half_width : 0.0;
    const auto bin = static_cast<std::size_t>(share * static_cast<double>(kHistogramBins));
    ++result.counts[std::min(bin, kHistogramBins - 1)];
  }
  return result;
}

}  // namespace nabla::viz::detail
