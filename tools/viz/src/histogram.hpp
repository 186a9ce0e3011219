// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <nabla/viz/recording.hpp>

namespace nabla::viz::detail {

/// Those of `numbers` that are finite, counted.
[[nodiscard]] Histogram histogram_of(std::vector<double> numbers);

}  // namespace nabla::viz::detail
