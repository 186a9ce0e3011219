// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>

#include <Eigen/LU>
#include <Eigen/SVD>

#include <nabla/kernels/scaled_product.hpp>

#include "matrices.hpp"

namespace nabla::detail {
namespace {

// A = U S V^T with orthogonal U, V. Cofactors multiply: cof(A) = cof(U) cof(S) cof(V)^T, and
// cof(U) = det(U) U. cof(S) is diagonal, with the products of all singular values but one: exact
// whatever the rank, which det(A) A^-T is not.
struct Decomposition {
  Eigen::BDCSVD<MatrixXd> svd;
  double sign;  ///< det(U) det(V)

  explicit Decomposition(const MatrixXd& a)
      : svd(a, Eigen::ComputeFullU | Eigen::ComputeFullV),
        sign(std::copysign(1.0, svd.matrixU().determinant() * svd.matrixV().determinant())) {}

  /// The product of all singular values but number i and number j.
  [[nodiscard]] kernels::ScaledProduct product_without(std::int64_t i, std::int64_t j) const {
    kernels::ScaledProduct product;
    for (std::int64_t k = 0; k < svd.singularValues().size(); ++k)
      if (k != i && k != j) product *= svd.singularValues()[k];
    return product;
  }
  /// The exponent of the greatest of these products, which leaves out the least singular values. In units
  /// of it none leaves the range.
  [[nodiscard]] std::int64_t exponent_without(std::int64_t how_many) const {
    const std::int64_t last = svd.singularValues().size() - 1;
    return product_without(last, last + 1 - how_many).exponent();
  }
  /// sign U X V^T 2^unit
  [[nodiscard]] MatrixXd back(const MatrixXd& x, std::int64_t unit) const {
    return (sign * svd.matrixU() * x * svd.matrixV().transpose()).unaryExpr([unit](double element) {
      return kernels::times_power_of_two(element, unit);
    });
  }
};

}  // namespace

void cofactors(const Tensor& a, Tensor& y) {
  if (y.numel() == 0) return;
  const Matrices as(a);
  for (std::int64_t i = 0; i < as.count(); ++i) {
    const MatrixXd matrix = as[i];
    if (stores_nan(y, i, matrix)) continue;
    const Decomposition parts(matrix);
    const std::int64_t unit = parts.exponent_without(1);
    MatrixXd middle = MatrixXd::Zero(matrix.rows(), matrix.cols());
    for (std::int64_t k = 0; k < matrix.rows(); ++k)
      middle(k, k) = parts.product_without(k, k).value(unit);
    store(y, i, parts.back(middle, unit));
  }
}

// With E = U^T dA V the cofactors of S + E change by, to first order,
//   (i, i): sum over k != i of E(k, k) p(i, k),   (i, j): -E(j, i) p(i, j),
// where p(i, j) is the product of all singular values but s(i), s(j): a symmetric map.
void cofactors_gradient(const Tensor& a, const Tensor& g, Tensor& dx) {
  if (dx.numel() == 0) return;
  const Matrices as(a), gs(g);
  for (std::int64_t i = 0; i < as.count(); ++i) {
    const MatrixXd matrix = as[i];
    if (stores_nan(dx, i, matrix)) continue;
    const Decomposition parts(matrix);
    const std::int64_t unit = parts.exponent_without(2);
    const MatrixXd inside = parts.svd.matrixU().transpose() * gs[i] * parts.svd.matrixV();
    MatrixXd change = MatrixXd::Zero(matrix.rows(), matrix.cols());
    for (std::int64_t j = 0; j < matrix.rows(); ++j) {
      for (std::int64_t k = 0; k < matrix.rows(); ++k) {
        if (j == k) continue;
        const double product = parts.product_without(j, k).value(unit);
        change(j, j) += inside(k, k) * product;
        change(j, k) -= inside(k, j) * product;
      }
    }
    store(dx, i, parts.back(change, unit));
  }
}

}  // namespace nabla::detail
