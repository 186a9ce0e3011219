// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/index/concat.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/linalg/triangular_solve.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
/// X = Q R, with p = min(m, n)
struct QrResult {
  Tensor q;  ///< (..., m, p), orthonormal columns
  Tensor r;  ///< (..., p, n), upper triangular, nothing negative on the diagonal
};
[[nodiscard]] QrResult qr(const Tensor& x);

namespace op {
// At least as many rows as columns; qr() does the rest of wide ones. The result is Q with R below it.
struct Qr : Structured {
  std::int64_t larger;  ///< of the sizes of the whole matrix

  static constexpr OpInfo info{
      .name = "qr",
      .formula = "X = Q R, Q^T Q = I, R upper triangular with a positive diagonal",
      .gradient =
          "dL/dX = (GQ + Q C) R^-T, C symmetric with the lower triangle of "
          "R GR^T - GQ^T Q; of more columns than rows, [X1 X2]: that of X1 = Q R1, R2 = Q^T X2",
      .domain = "the first min(m, n) columns linearly independent",
      .kinks =
          "dependent columns, where |R_ii| <= max(m, n) eps max |R_jj|: the gradient is NaN, 0 if "
          "g is 0; NaN spreads within its matrix",
      .accuracy =
          "in double, backward stable: Q R within m n 2^-52 |X| of X, Q as near to orthonormal",
      .source =
          "Walter & Lehmann 2010, \"Algorithmic differentiation of linear algebra functions\""};
  static constexpr std::uint32_t saves = kSavesOutput;
  Result shape(Inputs x) const {
    detail::check_matrices(x[0], info.name);
    const std::int64_t m = x[0].size(-2), n = x[0].size(-1);
    return {detail::matrices_of(detail::batch_of(x[0].shape()), m + n, n), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::orthogonal_triangular(x[0], y); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const std::int64_t m = call.input(0).size(-2);
    const QrResult y = parts_of(call.output(), m), g = parts_of(call.gradient(), m);
    const Tensor product = matmul(y.r, g.r.transpose()) - matmul(g.q.transpose(), y.q);
    const Tensor is_lower = detail::on_or_below_diagonal(y.r.size(-1));
    const Tensor c = where(is_lower, product, product.transpose());
    const Tensor left = g.q + matmul(y.q, c);
    const Tensor nan = detail::nan_if_dependent(y.r, larger);
    const Tensor dx = triangular_solve(y.r + nan, left.transpose(), {.upper = true}).transpose();
    call.add(0, detail::arrived(dx + nan, call.gradient()));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) {
      const std::int64_t m = x[0].size(-2), n = x[0].size(-1);
      const Tensor is_diagonal = arange(m).reshape({m, 1}) == arange(n);
      const QrResult y = qr(x[0] + where(is_diagonal, 6.0, 0.0));
      return y.q.sum({-2}) * 3.0 + y.r.sum({-2}) + y.r.sum({-1}) * y.q.slice(-2, 0, 1).sum({-2});
    };
    const auto both = [](std::span<const Tensor> x) {
      const std::int64_t m = x[0].size(-2), n = x[0].size(-1);
      const QrResult y = qr(x[0] + where(arange(m).reshape({m, 1}) == arange(n), 6.0, 0.0));
      return concat({y.q * 3.0, y.r}, -1);
    };
    return {{"square", {sample_tensor({3, 3})}, apply},
            {"tall", {sample_tensor({4, 2})}, apply},
            {"a batch", {sample_tensor({2, 3, 2})}, apply},
            {"transposed", {sample_tensor({2, 3}).transpose()}, apply},
            {"wide", {sample_tensor({2, 4})}, both},
            {"a batch of wide ones, transposed", {sample_tensor({2, 3, 2}).transpose()}, both},
            {"without elements", {sample_tensor({2, 0})}, apply},
            {"without rows", {sample_tensor({0, 2})}, both}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a vector", [] { static_cast<void>(qr(zeros({3}))); },
             "[qr] got (3,), need a matrix, or a batch of them"},
            {"integers", [] { static_cast<void>(qr(eye(2, int64))); }, "[qr] got int64"}};
  }
  static QrResult parts_of(const Tensor& packed, std::int64_t m) {
    return {packed.slice(-2, 0, m), packed.slice(-2, m, packed.size(-2))};
  }
};
}  // namespace op

/// The reduced QR decomposition by reflections, unique where the first p = min(m, n) columns are linearly
/// independent. Where they are not, there are Q and R, but their gradient is NaN.
/// Shapes    (..., m, n) -> q (..., m, p), r (..., p, n)
/// Errors    ShapeError on less than two axes; DTypeError on integers
/// Cost      4 m n p operations a batch
[[nodiscard]] inline QrResult qr(const Tensor& x) {
  detail::check_matrices(x, op::Qr::info.name);
  const std::int64_t m = x.size(-2), n = x.size(-1);
  op::Qr op{};
  op.larger = std::max(m, n);
  if (m >= n) return op::Qr::parts_of(record_structured(op, x), m);
  const QrResult y = op::Qr::parts_of(record_structured(op, x.slice(-1, 0, m)), m);
  return {y.q, concat({y.r, matmul(y.q.transpose(), x.slice(-1, m, n))}, -1)};
}

/// X for which A X is nearest to B, and of several such X the shortest; by qr. The columns of A, or its
/// rows if there are fewer of them, are to be linearly independent; where not, use pinv.
/// Shapes    a (..., m, n), b (..., m, k) -> (..., n, k)
/// Errors    ShapeError if rows or batches do not fit; DTypeError unless both are the same floating type;
///           DomainError if they are dependent but for rounding
[[nodiscard]] inline Tensor lstsq(const Tensor& a, const Tensor& b) {
  detail::check_matrices(a, "lstsq");
  detail::check_matrices(b, "lstsq");
  detail::check_same_floating(a, b, "lstsq");
  if (a.size(-2) != b.size(-2)) {
    throw ShapeError("[lstsq] sizes differ: a is " + to_string(a.shape()) + ", b is " +
                     to_string(b.shape()) + ", need as many rows in b as in a");
  }
  static_cast<void>(
      broadcast_shape(detail::batch_of(a.shape()), detail::batch_of(b.shape()), "lstsq"));
  if (a.size(-2) >= a.size(-1)) {
    const QrResult y = qr(a);
    detail::check_independent(y.r, "lstsq", "columns");
    return triangular_solve(y.r, matmul(y.q.transpose(), b), {.upper = true});
  }
  const QrResult y = qr(a.transpose());
  detail::check_independent(y.r, "lstsq", "rows");
  return matmul(y.q, triangular_solve(y.r, b, {.upper = true, .transpose = true}));
}
}  // namespace nabla
