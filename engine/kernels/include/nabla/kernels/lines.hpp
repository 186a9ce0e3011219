// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace nabla::kernels {

/// Contiguous memory of the shape (outer, n, inner), seen as lines: the n elements with the same outer
/// and inner index.
struct Lines {
  std::int64_t outer, n, inner;
};

/// The sum of each line, in double: totals has the shape (outer, inner). Each is a sum in an order
/// that depends on the shape alone.
void sum(const Lines& lines, const float* x, double* totals);
void sum(const Lines& lines, const double* x, double* totals);

}  // namespace nabla::kernels
