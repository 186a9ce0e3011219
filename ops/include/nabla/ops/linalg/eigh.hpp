// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/family/structural_zeros.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/select.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
/// X = V diag(w) V^T
struct EighResult {
  Tensor values;   ///< w, ascending
  Tensor vectors;  ///< V, a column for each value; the largest element of a column is positive
};
[[nodiscard]] EighResult eigh(const Tensor& x);

namespace op {
// The result is the row of eigenvalues with the matrix of eigenvectors below it.
struct Eigh : Structured {
  static constexpr OpInfo info{
      .name = "eigh",
      .formula = "X = V diag(w) V^T, w ascending, V orthogonal",
      .gradient =
          "dL/dX = V (diag(gw) + F K) V^T, K = (V^T GV - GV^T V) / 2, "
          "F[i, j] = 1 / (w[j] - w[i])",
      .domain = "symmetric; the lower triangle is read",
      .kinks =
          "symmetrised: the gradient along symmetric changes of X; repeated eigenvalues, which are "
          "as near as rounding may bring them: the gradient through V, and so second derivatives "
          "through w, are NaN (a NanGuard names it) but where both are masked; the gradient "
          "through w is "
          "one of several",
      .accuracy = "in double, backward stable: the result of a matrix within n^2 2^-52 |X| of X",
      .source = "Giles 2008, \"Collected matrix derivative results\""};
  static constexpr std::uint32_t saves = kSavesOutput;
  Result shape(Inputs x) const {
    detail::check_square(x[0], info.name);
    const std::int64_t n = x[0].size(-1);
    return {detail::matrices_of(detail::batch_of(x[0].shape()), n + 1, n), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::symmetric_eigen(x[0], y); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor w = values_of(call.output()), v = vectors_of(call.output());
    const Tensor turned = v.transpose();
    const Tensor is_diagonal = detail::on_diagonal(v.size(-1));
    const Tensor gaps = where(is_diagonal, 1.0, w - w.transpose());
    const Tensor k = matmul(turned, vectors_of(call.gradient()));
    Tensor rotation = record(Chain{}, (k - k.transpose()) * 0.5, 1.0 / gaps);
    const Tensor are_alike = detail::are_alike(w);
    const bool any_alike = any(are_alike);
    if (any_alike) rotation = rotation + detail::through_undefined(k, are_alike);
    const Tensor inside = where(is_diagonal, values_of(call.gradient()), rotation);
    Tensor dx = matmul(matmul(v, inside), turned);
    if (any_alike && call.create_graph())
      dx = dx + detail::undefined_beyond(call.output(),
                                         detail::where_any_arrives(are_alike, call.gradient()));
    call.add(0, detail::arrived(dx, call.gradient()));
  }
  static std::vector<Sample> samples() {
    // X is to stay symmetric, and to have distinct eigenvalues.
    const auto of = [](const Tensor& x) {
      const std::int64_t n = x.size(-1);
      const Tensor column = arange(n).to(x.dtype()).reshape({n, 1}) * 4.0;
      return eigh(x + x.transpose() + where(detail::on_diagonal(n), column, 0.0));
    };
    const auto both = [of](std::span<const Tensor> x) {
      const EighResult result = of(x[0]);
      return result.vectors * 2.0 + result.values.reshape(with_row(result.values.shape()));
    };
    const auto values = [of](std::span<const Tensor> x) { return of(x[0]).values; };
    return {{"values and vectors", {sample_tensor({3, 3})}, both},
            {"values", {sample_tensor({3, 3})}, values},
            {"a batch", {sample_tensor({2, 2, 2})}, both},
            {"transposed", {sample_tensor({2, 2}).transpose()}, both},
            {"repeated values",
             {zeros({2, 2}, float64)},
             [](std::span<const Tensor> x) { return eigh(x[0] + x[0].transpose()).values; },
             false},
            {"without elements", {sample_tensor({2, 0, 0})}, both}};
  }
  static std::vector<ErrorCase> errors() {
    return detail::square_errors(info.name, [](const Tensor& x) { return eigh(x).values; });
  }
  /// The parts of a result, values as a row.
  static Tensor values_of(const Tensor& packed) { return packed.slice(-2, 0, 1); }
  static Tensor vectors_of(const Tensor& packed) { return packed.slice(-2, 1, packed.size(-2)); }

 private:
  static Shape with_row(const Shape& shape) { return shape.inserted(shape.rank() - 1, 1); }
};
}  // namespace op

/// Eigenvalues and orthonormal eigenvectors of a symmetric matrix, of which the lower triangle is
/// read. Gradients through the vectors, and second derivatives, need distinct eigenvalues: else NaN.
/// Shapes    (..., n, n) -> values (..., n), vectors (..., n, n)
/// Errors    ShapeError unless square; DTypeError on integers
/// Cost      about 9 n^3 operations a batch
[[nodiscard]] inline EighResult eigh(const Tensor& x) {
  const Tensor packed = record_structured(op::Eigh{}, x);
  return {select(packed, -2, 0), op::Eigh::vectors_of(packed)};
}

/// The eigenvalues of a symmetric matrix, ascending. As eigh, but that repeated ones do no harm to a
/// gradient; second derivatives are NaN there.
[[nodiscard]] inline Tensor eigvalsh(const Tensor& x) {
  detail::check_square(x, "eigvalsh");
  return eigh(x).values;
}
}  // namespace nabla
