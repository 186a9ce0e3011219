// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

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
#include <nabla/ops/reduction/max.hpp>
#include <nabla/ops/reduction/norm.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/abs.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/select.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
/// X = U diag(s) V^T with k = min(m, n) columns in U and V
struct SvdResult {
  Tensor u;   ///< (..., m, k); the largest element of a column is positive
  Tensor s;   ///< (..., k), descending, not negative
  Tensor vt;  ///< (..., k, n)
};
[[nodiscard]] SvdResult svd(const Tensor& x);

namespace op {
// The result is U, the row of singular values below it, V below that.
struct Svd : Structured {
  static constexpr OpInfo info{
      .name = "svd",
      .formula = "X = U diag(s) V^T, s descending, columns of U and V orthonormal",
      .gradient = "dL/dX = U diag(gs) V^T, and more through U and V",
      .kinks =
          "s = 0: gradient 0 through s; s = 0 or repeated s, or as near to that as rounding may "
          "bring it: NaN through U and V, and so second derivatives through s, but where it is "
          "masked",
      .accuracy = "in double, backward stable: the result of a matrix within n^2 2^-52 |X| of X",
      .source = "Townsend 2016, \"Differentiating the singular value decomposition\""};
  static constexpr std::uint32_t saves = kSavesOutput;
  Result shape(Inputs x) const {
    detail::check_matrices(x[0], info.name);
    const std::int64_t m = x[0].size(-2), n = x[0].size(-1);
    return {detail::matrices_of(detail::batch_of(x[0].shape()), m + 1 + n, std::min(m, n)),
            x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::singular_values(x[0], y); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Parts y(call.output(), call.input(0).size(-2)), g(call.gradient(), y.u.size(-2));
    const Tensor column = y.s.transpose(), vt = y.v.transpose();
    const Tensor is_diagonal = detail::on_diagonal(y.s.size(-1));
    const Tensor differences = where(is_diagonal, 1.0, (y.s - column) * (y.s + column));
    const Tensor gaps = 1.0 / differences;
    const Tensor a = matmul(y.u.transpose(), g.u), b = matmul(vt, g.v);
    const Tensor turn_u = record(Chain{}, a - a.transpose(), gaps) * y.s;
    const Tensor turn_v = record(Chain{}, b - b.transpose(), gaps) * column;
    const Tensor values = where(y.s == 0, 0.0, g.s);
    Tensor inside = where(is_diagonal, values, turn_u + turn_v);
    const Tensor are_alike = detail::are_alike(y.s);
    const Tensor are_zero = y.s.detach() <= detail::rounding_of(y.s);
    const Tensor has_none = logical_or(are_alike, logical_and(is_diagonal, are_zero));
    const bool any_has_none = any(has_none);
    if (any_has_none) {
      inside = inside + detail::through_undefined(a, are_alike) +
               detail::through_undefined(b, are_alike);
    }
    Tensor dx = matmul(y.u, matmul(inside, vt));
    // What leaves the space of the columns of U, of V, if that is not the whole space.
    if (y.u.size(-2) > y.s.size(-1))
      dx = dx + matmul(record(Chain{}, g.u - matmul(y.u, a), 1.0 / y.s), vt);
    if (y.v.size(-2) > y.s.size(-1))
      dx = dx + matmul(y.u, record(Chain{}, g.v - matmul(y.v, b), 1.0 / y.s).transpose());
    if (any_has_none && call.create_graph())
      dx = dx + detail::undefined_beyond(call.output(),
                                         detail::where_any_arrives(has_none, call.gradient()));
    call.add(0, detail::arrived(dx, call.gradient()));
  }
  static std::vector<Sample> samples();
  static std::vector<ErrorCase> errors();

  /// A result taken apart, the singular values as a row.
  struct Parts {
    Tensor u, s, v;
    Parts(const Tensor& packed, std::int64_t m)
        : u(packed.slice(-2, 0, m)),
          s(packed.slice(-2, m, m + 1)),
          v(packed.slice(-2, m + 1, packed.size(-2))) {}
  };
};
}  // namespace op

/// The thin singular value decomposition. Gradients through U and V need distinct singular values
/// that are not 0.
/// Shapes    (..., m, n) -> u (..., m, k), s (..., k), vt (..., k, n), k = min(m, n)
/// Errors    ShapeError unless there are two axes; DTypeError on integers
[[nodiscard]] inline SvdResult svd(const Tensor& x) {
  const Tensor packed = record_structured(op::Svd{}, x);
  const op::Svd::Parts parts(packed, x.size(-2));
  return {parts.u, select(parts.s, -2, 0), parts.v.transpose()};
}

/// The singular values, descending. As svd, but that repeated ones do no harm to a gradient, and one that
/// is 0 has the gradient 0, as a norm; second derivatives are NaN there.
[[nodiscard]] inline Tensor svdvals(const Tensor& x) {
  detail::check_matrices(x, "svdvals");
  return svd(x).s;
}

enum class MatrixNorm {
  frobenius,  ///< the root of the sum of squares
  nuclear,    ///< the sum of the singular values
  spectral,   ///< the greatest singular value
  one,        ///< the greatest absolute column sum
  infinity    ///< the greatest absolute row sum
};

/// A norm of each matrix.
/// Shapes    (..., m, n) -> (...)
/// Errors    ShapeError unless there are two axes, or if a greatest is asked for and there is none;
///           DTypeError on integers
[[nodiscard]] inline Tensor matrix_norm(const Tensor& x, MatrixNorm kind = MatrixNorm::frobenius) {
  detail::check_matrices(x, "matrix_norm");
  const bool has_rows = x.size(-2) > 0, has_columns = x.size(-1) > 0;
  const bool lacks_rows =
      (kind == MatrixNorm::spectral || kind == MatrixNorm::infinity) && !has_rows;
  const bool lacks_columns =
      (kind == MatrixNorm::spectral || kind == MatrixNorm::one) && !has_columns;
  if (lacks_rows || lacks_columns) {
    throw ShapeError("[matrix_norm] no elements: got " + to_string(x.shape()) +
                     ", need at least one " + (lacks_rows ? "row" : "column"));
  }
  switch (kind) {
    case MatrixNorm::frobenius:
      return norm(x, 2, {-2, -1});
    case MatrixNorm::nuclear:
      return svdvals(x).sum(-1);
    case MatrixNorm::spectral:
      return svdvals(x).max(-1);
    case MatrixNorm::one:
      return x.abs().sum(-2).max(-1);
    default:
      return x.abs().sum(-1).max(-1);
  }
}

namespace op {
inline std::vector<Sample> Svd::samples() {
  // A diagonal of distinct numbers keeps the singular values apart.
  const auto of = [](const Tensor& x) {
    const std::int64_t m = x.size(-2), n = x.size(-1);
    const Tensor row = arange(n).to(x.dtype()) * 5.0 + 5.0;
    return svd(x + where(arange(m).reshape({m, 1}) == arange(n), row, 0.0));
  };
  const auto all = [of](std::span<const Tensor> x) {
    const SvdResult y = of(x[0]);
    const Tensor u = y.u.sum({-1});
    return y.s * 2.0 + (u * u).sum({-1}, true) + y.u.slice(-2, 0, 1).sum({-2}) * y.vt.sum({-1});
  };
  const auto values = [of](std::span<const Tensor> x) { return of(x[0]).s; };
  return {{"square", {sample_tensor({2, 2})}, all},
          {"tall", {sample_tensor({3, 2})}, all},
          {"wide", {sample_tensor({2, 3})}, all},
          {"values", {sample_tensor({2, 3})}, values},
          {"a batch", {sample_tensor({2, 3, 2})}, all},
          {"zero",
           {zeros({2, 2}, float64)},
           [](std::span<const Tensor> x) { return svdvals(x[0]); },
           false},
          {"without elements", {sample_tensor({0, 2})}, values}};
}
inline std::vector<ErrorCase> Svd::errors() {
  return {{"a vector", [] { static_cast<void>(svd(zeros({3}))); },
           "[svd] got (3,), need a matrix, or a batch of them"},
          {"integers", [] { static_cast<void>(svd(eye(2, int64))); }, "[svd] got int64"}};
}
}  // namespace op
}  // namespace nabla
