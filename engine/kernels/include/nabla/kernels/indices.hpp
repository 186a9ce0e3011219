// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace nabla::kernels {

/// True if 0 <= index < size for each of n indices that lie `step` apart.
/// Requires  size >= 0
[[nodiscard]] bool are_below(const std::int64_t* indices, std::int64_t n, std::int64_t step,
                             std::int64_t size);

}  // namespace nabla::kernels
