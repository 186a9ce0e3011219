// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>

namespace nabla::detail {

/// Where a tensor may be other than 0. False where it is 0 whatever the variables are: what a mask took
/// out, and what moves, sums and multiplies such zeros. An element that is 0 by chance (2 x at x = 0) is
/// told from those by its history, and so is true; so is what an op gives that is not known for this.
/// Shapes    x -> x, boolean
/// Requires  x is floating
/// Cost      repeats the operations behind x, back to those whose results have no 0: for rare events
[[nodiscard]] Tensor may_be_nonzero(const Tensor& x);

/// A contribution dx to a batch of matrices that is linear in b: 0 where a mask left nothing of b in a
/// matrix, though dx be infinite or NaN there.
/// Shapes    dx (..., m, n), b (..., k, l) with the same batch -> dx
/// Cost      a look at dx; as may_be_nonzero only if that is not finite
[[nodiscard]] Tensor held_back(const Tensor& dx, const Tensor& b);

/// A contribution dx to a batch of matrices, which what arrived brought about. In a recorded sweep it
/// remembers that: where a mask left nothing of g in a matrix, nothing that is infinite or NaN gets
/// through to what dx was computed from.
/// Shapes    dx (..., m, n), g (..., k, l) with the same batch -> dx
[[nodiscard]] Tensor passing(const Tensor& dx, const Tensor& g);

/// The pairs out of `pairs` that matter for the derivatives of what is computed from the columns of a
/// factorization: where something may arrive at one of the two columns.
/// Shapes    pairs boolean (..., k, k), g (..., m, k) -> boolean (..., k, k)
[[nodiscard]] Tensor where_any_arrives(const Tensor& pairs, const Tensor& g);

}  // namespace nabla::detail
