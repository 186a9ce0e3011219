// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>

// Where nothing arrives, nothing goes on: a row or a matrix that was masked contributes 0 to every
// gradient, though NaN or infinity may stand in it. Elementwise rules see to it themselves (op::Chain
// in recorded sweeps); here is how rules do it that are products and factorizations of matrices.

namespace nabla::detail {

/// Makes a factor of a product of matrices of an operand, or of a pattern of its shape.
using Arrangement = Tensor (*)(const Tensor&);

/// G B and A G for an arriving gradient G and a factor that an operand is, or that is made of it: zeros
/// of G take away what is infinite or NaN in the other factor, and zeros that a mask left in the operand
/// (may_be_nonzero) what is so in G.
/// Shapes    as matmul
/// Cost      a product, and a look at the result, or at both factors if they are smaller; more only if
///           that is not finite
[[nodiscard]] Tensor gradient_times(const Tensor& g, const Tensor& operand,
                                    Arrangement factor = nullptr);
[[nodiscard]] Tensor times_gradient(const Tensor& operand, const Tensor& g,
                                    Arrangement factor = nullptr);

/// How a product reads a matrix.
enum class Read { as_it_is, transposed };
/// y = A B, one or both transposed.
/// Requires  matrices of one floating dtype and of sizes that fit; y is contiguous
void multiply(const Tensor& a, Read read_a, const Tensor& b, Read read_b, Tensor& y);
/// G B^T and A^T G as above, of single matrices, for a sweep that is not recorded; they are of the shape
/// of `like`, and by columns if that is.
[[nodiscard]] Tensor gradient_times_transposed(const Tensor& g, const Tensor& b,
                                               const Tensor& like);
[[nodiscard]] Tensor transposed_times_gradient(const Tensor& a, const Tensor& g,
                                               const Tensor& like);

/// g times a slope, and 0 where one of them is, though the other be infinite or NaN.
/// Cost      op::Chain, and a look at it; more only if that is not finite
[[nodiscard]] Tensor masked_product(const Tensor& g, const Tensor& slope);

/// True if no element is infinite or NaN.
/// Requires  x is floating
/// Cost      a look at x, in the order in which its elements lie in memory
[[nodiscard]] bool is_finite(const Tensor& x);

/// A contribution dx to a batch of matrices: 0 for those whose arriving gradient is 0 everywhere, and
/// passing().
/// Shapes    dx, g (..., m, n) with the same batch -> as dx
/// Cost      a look at dx; more only if that has NaN or infinity
[[nodiscard]] Tensor arrived(const Tensor& dx, const Tensor& g);

/// How far rounding in a factorization may move its values w, eigenvalues or singular values.
/// Shapes    w (..., 1, k) -> (..., 1, 1)
[[nodiscard]] Tensor rounding_of(const Tensor& w);
/// Which pairs of them are as near to each other as it may bring what is equal; no value to itself.
/// Shapes    w (..., 1, k) -> boolean (..., k, k)
[[nodiscard]] Tensor are_alike(const Tensor& w);

/// What to add to a contribution that comes through vectors of a factorization, for pairs of them that have
/// no derivative: NaN where something arrives, else 0.
/// Shapes    k, what arrives, and has_none of shapes that broadcast -> theirs
[[nodiscard]] Tensor through_undefined(const Tensor& k, const Tensor& has_none);

/// What to add to a contribution that is itself differentiated, but depends on vectors y that have no
/// derivative in some matrices of a batch: 0, whose derivative by those is NaN.
/// Shapes    y (..., m, k), has_none (..., k, k) -> (..., 1, 1)
[[nodiscard]] Tensor undefined_beyond(const Tensor& y, const Tensor& has_none);

}  // namespace nabla::detail
