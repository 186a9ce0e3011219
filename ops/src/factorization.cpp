// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <Eigen/SVD>

#include <nabla/kernels/scaled_product.hpp>

#include "matrices.hpp"

namespace nabla::detail {
namespace {

using Lu = Eigen::PartialPivLU<MatrixXd>;
using Svd = Eigen::BDCSVD<MatrixXd>;

bool is_singular(const Lu& lu) { return (lu.matrixLU().diagonal().array() == 0.0).any(); }

[[noreturn]] void throw_singular(const char* op, const Matrices& matrices, std::int64_t i) {
  throw DomainError("[" + std::string(op) + "] singular: got a pivot 0" + matrices.place(i) +
                    ", need linearly independent columns");
}

// y = f(matrix) for each matrix.
template <class F>
void fill_numbers(const Tensor& a, Tensor& y, F f) {
  const Matrices as(a);
  visit_floating(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < as.count(); ++i) elements<T>(y)[i] = static_cast<T>(f(as[i]));
  });
}

// Vectors that are unique up to the sign have it such that the largest element is positive, of
// several that are equally large (up to rounding) the first.
double sign_of(const VectorXd& v) {
  const double largest = v.cwiseAbs().maxCoeff();
  for (const double element : v)
    if (std::abs(element) >= (1 - 1e-6) * largest) return element < 0 ? -1.0 : 1.0;
  return 1.0;
}

// The smallest k such that the leading k x k minor is not positive definite.
// Requires  there is one
std::int64_t failing_minor(const MatrixXd& a) {
  std::int64_t fine = 0, bad = a.rows();
  while (bad - fine > 1) {
    const std::int64_t k = std::midpoint(fine, bad);
    const bool holds = a.topLeftCorner(k, k).llt().info() == Eigen::Success;
    (holds ? fine : bad) = k;
  }
  return bad;
}

}  // namespace

void solve(const Tensor& a, const Tensor& b, Tensor& x) {
  if (x.numel() == 0) return;
  const Matrices as(a), bs(b);
  Lu lu;
  for (std::int64_t i = 0; i < as.count(); ++i) {
    if (!as.repeats(i)) lu.compute(as[i]);
    if (is_singular(lu)) throw_singular("solve", as, i);
    store(x, i, MatrixXd(lu.solve(bs[i])));
  }
}

void solve_triangular(const Tensor& a, const Tensor& b, Tensor& x, bool upper, bool unit_diagonal) {
  if (x.numel() == 0) return;
  const Matrices as(a), bs(b);
  for (std::int64_t i = 0; i < as.count(); ++i) {
    const MatrixXd right = bs[i];
    MatrixXd triangle = as[i];
    if (unit_diagonal) triangle.diagonal().setOnes();
    MatrixXd solution = right;
    upper ? triangle.triangularView<Eigen::Upper>().solveInPlace(solution)
          : triangle.triangularView<Eigen::Lower>().solveInPlace(solution);
    for (std::int64_t column = 0; column < right.cols(); ++column)
      if ((right.col(column).array() == 0.0).all()) solution.col(column).setZero();
    store(x, i, solution);
  }
}

void invert(const Tensor& a, Tensor& y, const char* op) {
  if (y.numel() == 0) return;
  const Matrices as(a);
  for (std::int64_t i = 0; i < as.count(); ++i) {
    const Lu lu(as[i]);
    const bool fails = is_singular(lu);
    if (fails && op != nullptr) throw_singular(op, as, i);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    store(y, i, fails ? MatrixXd::Constant(y.size(-2), y.size(-1), nan) : MatrixXd(lu.inverse()));
  }
}

void determinant(const Tensor& a, Tensor& y) {
  fill_numbers(a, y, [](const MatrixXd& matrix) {
    if (matrix.size() == 0) return 1.0;
    const Lu lu(matrix);
    kernels::ScaledProduct product;
    for (const double pivot : lu.matrixLU().diagonal()) product *= pivot;
    return static_cast<double>(lu.permutationP().determinant()) * product.value();
  });
}

void sign_and_log_determinant(const Tensor& a, Tensor& y) {
  const Matrices as(a);
  for (std::int64_t i = 0; i < as.count(); ++i) {
    Eigen::RowVector2d result(1.0, 0.0);
    if (a.size(-1) > 0) {
      const Lu lu(as[i]);
      const Eigen::ArrayXd pivots = lu.matrixLU().diagonal();
      const auto order = static_cast<double>(lu.permutationP().determinant());
      // The sign of a NaN is NaN, not 0.
      const double sign = pivots.isNaN().any() ? pivots.sum() : order * pivots.sign().prod();
      result << sign, pivots.abs().log().sum();
    }
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for (const int k : {0, 1}) elements<T>(y)[2 * i + k] = static_cast<T>(result[k]);
    });
  }
}

void cholesky(const Tensor& a, Tensor& l) {
  if (l.numel() == 0) return;
  const Matrices as(a);
  for (std::int64_t i = 0; i < as.count(); ++i) {
    const MatrixXd matrix = as[i];
    const Eigen::LLT<MatrixXd> llt(matrix);
    if (llt.info() != Eigen::Success) {
      throw DomainError("[cholesky] not positive definite: leading minor " +
                        std::to_string(failing_minor(matrix)) + as.place(i) +
                        " is not positive, need all of them to be; add a multiple of eye(n)?");
    }
    store(l, i, MatrixXd(llt.matrixL()));
  }
}

void symmetric_eigen(const Tensor& a, Tensor& packed) {
  if (a.numel() == 0) return;
  const Matrices as(a);
  for (std::int64_t i = 0; i < as.count(); ++i) {
    const MatrixXd matrix = as[i];
    if (stores_nan(packed, i, MatrixXd(matrix.triangularView<Eigen::Lower>()))) continue;
    const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(matrix);
    MatrixXd vectors = eigen.eigenvectors();
    for (auto column : vectors.colwise()) column *= sign_of(column);
    store(packed, i, eigen.eigenvalues().transpose());
    store(packed, i, vectors, 1);
  }
}

void singular_values(const Tensor& a, Tensor& packed) {
  if (a.numel() == 0) return;
  const Matrices as(a);
  for (std::int64_t i = 0; i < as.count(); ++i) {
    const MatrixXd matrix = as[i];
    if (stores_nan(packed, i, matrix)) continue;
    const Svd svd(matrix, Eigen::ComputeThinU | Eigen::ComputeThinV);
    MatrixXd u = svd.matrixU(), v = svd.matrixV();
    for (std::int64_t k = 0; k < u.cols(); ++k) {
      const double sign = sign_of(u.col(k));
      u.col(k) *= sign;
      v.col(k) *= sign;
    }
    store(packed, i, u);
    store(packed, i, svd.singularValues().transpose(), u.rows());
    store(packed, i, v, u.rows() + 1);
  }
}

void pseudo_inverse(const Tensor& a, Tensor& y, double rcond) {
  if (y.numel() == 0) return;
  const Matrices as(a);
  for (std::int64_t i = 0; i < as.count(); ++i) {
    const MatrixXd matrix = as[i];
    if (stores_nan(y, i, matrix)) continue;
    const Svd svd(matrix, Eigen::ComputeThinU | Eigen::ComputeThinV);
    const Eigen::ArrayXd s = svd.singularValues();
    const Eigen::ArrayXd inverted = (s > rcond * s.maxCoeff()).select(1.0 / s, 0.0);
    store(y, i,
          MatrixXd(svd.matrixV() * inverted.matrix().asDiagonal() * svd.matrixU().transpose()));
  }
}

void orthogonal_triangular(const Tensor& a, Tensor& packed) {
  if (a.numel() == 0) return;
  const Matrices as(a);
  const std::int64_t rows = a.size(-2), columns = a.size(-1);
  for (std::int64_t i = 0; i < as.count(); ++i) {
    // By a power of two, so that no square overflows or underflows.
    const MatrixXd matrix = as[i];
    const double largest = matrix.cwiseAbs().maxCoeff();
    const int exponent = std::isfinite(largest) && largest > 0 ? std::ilogb(largest) : 0;
    const auto scaled = [](MatrixXd x, int by) {
      for (double& element : x.reshaped()) element = std::ldexp(element, by);
      return x;
    };
    const Eigen::HouseholderQR<MatrixXd> qr(exponent == 0 ? matrix : scaled(matrix, -exponent));
    MatrixXd q = qr.householderQ() * MatrixXd::Identity(rows, columns);
    MatrixXd r = qr.matrixQR().topRows(columns).triangularView<Eigen::Upper>();
    if (exponent != 0) r = scaled(r, exponent);
    for (std::int64_t k = 0; k < columns; ++k) {
      if (!(r(k, k) < 0)) continue;
      q.col(k) *= -1;
      r.row(k) *= -1;
    }
    store(packed, i, q);
    store(packed, i, r, rows);
  }
}

Tensor nan_if_dependent(const Tensor& r, std::int64_t larger) {
  Tensor y = make_tensor(matrices_of(batch_of(r.shape()), 1, 1), r.dtype(), "qr");
  const double eps = r.dtype() == float32 ? double{std::numeric_limits<float>::epsilon()}
                                          : std::numeric_limits<double>::epsilon();
  fill_numbers(r, y, [&](const MatrixXd& matrix) {
    if (matrix.size() == 0) return 0.0;
    const Eigen::ArrayXd sizes = matrix.diagonal().array().abs();
    const bool depends = sizes.minCoeff() <= static_cast<double>(larger) * eps * sizes.maxCoeff();
    return depends ? std::numeric_limits<double>::quiet_NaN() : 0.0;
  });
  return y;
}

void check_independent(const Tensor& r, const char* op, const char* lines) {
  const double eps = r.dtype() == float32 ? std::numeric_limits<float>::epsilon()
                                          : std::numeric_limits<double>::epsilon();
  const Matrices matrices(r);
  for (std::int64_t i = 0; r.size(-1) > 0 && i < matrices.count(); ++i) {
    const Eigen::ArrayXd sizes = matrices[i].diagonal().array().abs();
    if (sizes.minCoeff() > static_cast<double>(sizes.size()) * eps * sizes.maxCoeff()) continue;
    if (sizes.hasNaN()) continue;
    throw DomainError("[" + std::string(op) + "] dependent: got " + lines + " of rank below " +
                      std::to_string(sizes.size()) + matrices.place(i) +
                      ", need independent ones; use pinv");
  }
}

}  // namespace nabla::detail
