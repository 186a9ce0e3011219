// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>

#include <nabla/kernels/lines.hpp>

// Softmax and its relatives along lines, for float and double. Lines side by side are computed
// together, so narrow ones cost as much an element as wide ones. Totals are kept in double. A line
// whose elements are all -inf has a softmax of 0. A line whose g is 0 has a gradient of 0, also
// where y is NaN.

namespace nabla::kernels {

/// y = e^x / sum e^x along each line.
template <std::floating_point T>
void softmax(const Lines& lines, const T* x, T* y);
/// y = x - ln sum e^x along each line.
template <std::floating_point T>
void log_softmax(const Lines& lines, const T* x, T* y);
/// The greatest element of each line, 0 if it is infinite, and ln sum e^(x - greatest): two parts of
/// the logarithm of the sum, so that x can be subtracted before anything is rounded.
template <std::floating_point T>
void log_sum_exp(const Lines& lines, const T* x, T* greatest, T* log_total);

/// dx = y (g - sum of g y) along each line, with y the softmax.
template <std::floating_point T>
void softmax_gradient(const Lines& lines, const T* y, const T* g, T* dx);
/// dx = g - e^y sum of g along each line, with y the logarithm of the softmax.
template <std::floating_point T>
void log_softmax_gradient(const Lines& lines, const T* y, const T* g, T* dx);

/// dx becomes g (dx - 1 at the label) in each of `rows` rows of n elements: with the softmax in dx,
/// the gradient of the cross entropy. Row i's g is g[i * g_step].
template <std::floating_point T>
void label_gradient(std::int64_t rows, std::int64_t n, const std::int64_t* labels, const T* g,
                    std::int64_t g_step, T* dx);

}  // namespace nabla::kernels
