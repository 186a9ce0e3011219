// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>

// Rows brought to mean 0 and variance 1, for float and double. Means and variances are taken in
// double, the variance in a second pass, around the mean. Narrow rows are computed side by side. A row
// whose squares, or whose scale, leave their range is computed again in units of a power of two.

namespace nabla::kernels {

/// y = (x - mean) / sqrt(variance + epsilon) w + b in each of `rows` rows of n elements.
/// w and b have n elements, or are null: 1 and 0. Of equal elements without epsilon, 0 w + b.
/// Requires  epsilon >= 0
template <std::floating_point T>
void layer_norm(std::int64_t rows, std::int64_t n, const T* x, const T* w, const T* b,
                double epsilon, T* y);

/// The way back of a gradient g: dx in each row, and summed over the rows dw = g h and db = g, with
/// h = (x - mean) / sqrt(variance + epsilon). Sums are taken in double, of the same numbers
/// in the same order for any number of threads.
/// Requires  epsilon >= 0; dw and db, of n elements, if, and only if, there is w
template <std::floating_point T>
void layer_norm_gradient(std::int64_t rows, std::int64_t n, const T* x, const T* w, const T* g,
                         double epsilon, T* dx, T* dw, T* db);

}  // namespace nabla::kernels
