// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include <nabla/kernels/lines.hpp>

// The way back from reductions along lines: what the elements of a line get of the g that arrives at
// its result. Computed in double; 0 where g is 0, though the elements may be infinite or NaN. `g` has
// the shape (outer, inner), as the results `y` have, and `dx` that of `x`.

namespace nabla::kernels {

/// dx_k = g times the product of the other elements of the line. Exact at zeros: nothing is divided by
/// them. Products of some of the elements may leave the range of double.
template <std::floating_point T>
void products_of_others(const Lines& lines, const T* x, const T* g, T* dx);

/// dx_k = g slope (x_k - mean), with a slope for each line and its mean().
/// Requires  n > 0
template <std::floating_point T>
void scaled_deviations(const Lines& lines, const T* x, const double* slopes, const T* g, T* dx);

/// dx_k = g where x_k is y, the extreme of the line, in equal shares if there are several; else 0.
template <std::floating_point T>
void shares_at_ties(const Lines& lines, const T* x, const T* y, const T* g, T* dx);

}  // namespace nabla::kernels
