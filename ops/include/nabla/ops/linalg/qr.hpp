// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/linalg/triangular_solve.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
/// X = Q R
struct QrResult {
  Tensor q;  ///< (..., m, n), orthonormal columns
  Tensor r;  ///< (..., n, n), upper triangular, nothing negative on the diagonal
};
[[nodiscard]] QrResult qr(const Tensor& x);

namespace op {
// The result is Q with R below it.
struct Qr : Structured {
  static constexpr OpInfo info{
      .name = "qr",
      .formula = "X = Q R, Q^T Q = I, R upper triangular with a positive diagonal",
      .gradient =
          "dL/dX = (GQ + Q C) R^-T, C symmetric with the lower triangle of "
          "R GR^T - GQ^T Q",
      .domain = "at least as many rows as columns, linearly independent columns",
      .kinks = "dependent columns: the gradient is inf or NaN, 0 if g is 0",
      .source =
          "Walter & Lehmann 2010, \"Algorithmic differentiation of linear algebra functions\""};
  static constexpr std::uint32_t saves = kSavesOutput;
  Result shape(Inputs x) const {
    detail::check_matrices(x[0], info.name);
    const std::int64_t m = x[0].size(-2), n = x[0].size(-1);
    if (m < n) {
      throw ShapeError("[qr] more columns than rows: got " + to_string(x[0].shape()) +
                       ", need at least as many rows; decompose the transposed matrix?");
    }
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
    call.add(0, triangular_solve(y.r, left.transpose(), {.upper = true}).transpose());
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) {
      const std::int64_t m = x[0].size(-2), n = x[0].size(-1);
      const Tensor is_diagonal = arange(m).reshape({m, 1}) == arange(n);
      const QrResult y = qr(x[0] + where(is_diagonal, 6.0, 0.0));
      return y.q.sum({-2}) * 3.0 + y.r.sum({-2}) + y.r.sum({-1}) * y.q.slice(-2, 0, 1).sum({-2});
    };
    return {{"square", {sample_tensor({3, 3})}, apply},
            {"tall", {sample_tensor({4, 2})}, apply},
            {"a batch", {sample_tensor({2, 3, 2})}, apply},
            {"transposed", {sample_tensor({2, 3}).transpose()}, apply},
            {"without elements", {sample_tensor({2, 0})}, apply}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a vector", [] { static_cast<void>(qr(zeros({3}))); },
             "[qr] got (3,), need a matrix, or a batch of them"},
            {"wide",
             [] {
               static_cast<void>(qr(zeros({2, 3})));
             },
             "[qr] more columns than rows: got (2, 3)"},
            {"integers", [] { static_cast<void>(qr(eye(2, int64))); }, "[qr] got int64"}};
  }
  static QrResult parts_of(const Tensor& packed, std::int64_t m) {
    return {packed.slice(-2, 0, m), packed.slice(-2, m, packed.size(-2))};
  }
};
}  // namespace op

/// The thin QR decomposition by reflections, unique where the columns are linearly independent.
/// Shapes    (..., m, n), m >= n -> q (..., m, n), r (..., n, n)
/// Errors    ShapeError if there are more columns than rows; DTypeError on integers
/// Cost      4 m n^2 operations a batch
[[nodiscard]] inline QrResult qr(const Tensor& x) {
  const Tensor packed = record_structured(op::Qr{}, x);
  return op::Qr::parts_of(packed, x.size(-2));
}

/// X for which A X is nearest to B, and of several such X the shortest; by qr. The columns of A, or its
/// rows if there are fewer of them, are to be linearly independent; where not, use pinv.
/// Shapes    a (..., m, n), b (..., m, k) -> (..., n, k)
/// Errors    as matmul
[[nodiscard]] inline Tensor lstsq(const Tensor& a, const Tensor& b) {
  detail::check_matrices(a, "lstsq");
  detail::check_matrices(b, "lstsq");
  if (a.size(-2) >= a.size(-1)) {
    const QrResult y = qr(a);
    return triangular_solve(y.r, matmul(y.q.transpose(), b), {.upper = true});
  }
  const QrResult y = qr(a.transpose());
  return matmul(y.q, triangular_solve(y.r, b, {.upper = true, .transpose = true}));
}
}  // namespace nabla
