// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>

namespace nabla::kernels {

/// True if none of n contiguous numbers is infinite or NaN.
template <std::floating_point T>
[[nodiscard]] bool all_finite(const T* x, std::int64_t n);

}  // namespace nabla::kernels
