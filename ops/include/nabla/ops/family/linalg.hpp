// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include <nabla/ops/family/structured.hpp>

// What ops on matrices have in common. The last two axes of a tensor are rows and columns, those
// before are batches. The factorizations themselves read operands however they lie, compute in
// double, one matrix after another, and fill a contiguous result. A matrix with an element that is
// not finite has results that are NaN, where the method could not tell.

namespace nabla::detail {

/// The axes before the last two.
/// Requires  at least two axes
[[nodiscard]] Shape batch_of(const Shape& shape);
/// Such a batch of matrices of this size.
/// Errors    ShapeError on too many axes
[[nodiscard]] Shape matrices_of(const Shape& batch, std::int64_t rows, std::int64_t columns);
/// x of a batch stretched to another one; a view.
[[nodiscard]] Tensor with_batch(const Tensor& x, const Shape& batch);
/// One number for each matrix, as matrices of one element.
[[nodiscard]] Tensor as_matrices(const Tensor& numbers);

/// Errors    ShapeError on less than two axes, DTypeError unless floating; both name `op`
void check_matrices(const Tensor& x, std::string_view op);
/// The same, and ShapeError unless square
void check_square(const Tensor& x, std::string_view op);
/// What check_square refuses, for the checks of an op.
[[nodiscard]] std::vector<ErrorCase> square_errors(
    std::string_view op, const std::function<Tensor(const Tensor&)>& call);

/// Boolean (n, n): true on the diagonal; on and below it.
[[nodiscard]] Tensor on_diagonal(std::int64_t n);
[[nodiscard]] Tensor on_or_below_diagonal(std::int64_t n);
/// Errors    DomainError that names `op` if a number on the diagonal of R, a batch of triangular factors, is
///           within n eps of the greatest: then what was factored has dependent `lines`
void check_independent(const Tensor& r, const char* op, const char* lines);
/// (x + x^T) / 2
[[nodiscard]] Tensor symmetrised(const Tensor& x);
/// x with `multiple` added to the diagonal: square samples that are far from singular.
[[nodiscard]] Tensor plus_identity(const Tensor& x, double multiple);

/// A X = B with the batches of A and B stretched to one another, and a right side of columns.
struct LinearSystem {
  Tensor a, b;
  bool is_vector;  ///< b was given without the axis of columns

  /// Errors    ShapeError, DTypeError that name `op`
  LinearSystem(const Tensor& a, const Tensor& b, const char* op);
  /// X as b was given.
  [[nodiscard]] Tensor solution(const Tensor& x) const;
};

/// X = A^-1 B
/// Errors    DomainError if a matrix is singular
void solve(const Tensor& a, const Tensor& b, Tensor& x);
/// X = T^-1 B, where T is a triangle of A. A column of zeros has the solution 0, also of a singular T.
void solve_triangular(const Tensor& a, const Tensor& b, Tensor& x, bool upper, bool unit_diagonal);
/// Errors    DomainError that names `op` if a matrix is singular; if op is null, it has NaN for an inverse
void invert(const Tensor& a, Tensor& y, const char* op);
void determinant(const Tensor& a, Tensor& y);
/// For each matrix the sign of its determinant and log |det|.
void sign_and_log_determinant(const Tensor& a, Tensor& y);
/// The matrix of cofactors, the transposed adjugate, which exists for singular matrices too.
void cofactors(const Tensor& a, Tensor& y);
/// The gradient that g = dL/d(cofactors) gives A.
void cofactors_gradient(const Tensor& a, const Tensor& g, Tensor& dx);
/// The lower factor; reads the lower triangle.
/// Errors    DomainError if a matrix is not positive definite
void cholesky(const Tensor& a, Tensor& l);
/// Eigenvalues as the first row, below it the eigenvectors as columns; reads the lower triangle.
void symmetric_eigen(const Tensor& a, Tensor& packed);
/// U, below it the singular values as a row, below that V.
void singular_values(const Tensor& a, Tensor& packed);
/// Singular values up to `rcond` times the greatest count as 0.
void pseudo_inverse(const Tensor& a, Tensor& y, double rcond);
/// Q, below it R.
void orthogonal_triangular(const Tensor& a, Tensor& packed);
/// Of such an R, as matrices of one element: NaN if the columns are linearly dependent,
/// |R_ii| <= larger eps max |R_jj|, else 0; `larger` is that of the sizes of the matrix.
/// Requires  r square
[[nodiscard]] Tensor nan_if_dependent(const Tensor& r, std::int64_t larger);
void matrix_exponential(const Tensor& a, Tensor& y);

}  // namespace nabla::detail
