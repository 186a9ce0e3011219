// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>

namespace nabla::kernels {

/// Contiguous memory of the shape (outer, n, inner), seen as lines: the n elements with the same outer
/// and inner index.
struct Lines {
  std::int64_t outer, n, inner;
};

/// The sum of each line, in double: totals has the shape (outer, inner). Each is a sum in an order
/// that depends on the shape alone.
template <std::floating_point T>
void sum(const Lines& lines, const T* x, double* totals);
/// The same of x - origin, with an origin for each line; of |x|; of x^2; of (x - origin)^2.
template <std::floating_point T>
void sum_of_differences(const Lines& lines, const T* x, const double* origins, double* totals);
template <std::floating_point T>
void sum_of_magnitudes(const Lines& lines, const T* x, double* totals);
template <std::floating_point T>
void sum_of_squares(const Lines& lines, const T* x, double* totals);
template <std::floating_point T>
void sum_of_squares(const Lines& lines, const T* x, const double* origins, double* totals);
/// The product of each line, likewise; products of some of the elements may leave the range of double.
template <std::floating_point T>
void product(const Lines& lines, const T* x, double* totals);

/// The greatest, the least element of each line: y has the shape (outer, inner). NaN beats all.
/// Requires  n > 0
template <std::floating_point T>
void greatest(const Lines& lines, const T* x, T* y);
template <std::floating_point T>
void least(const Lines& lines, const T* x, T* y);

}  // namespace nabla::kernels
