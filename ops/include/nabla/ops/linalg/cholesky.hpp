// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/linalg/triangular_solve.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor cholesky(const Tensor& x);

namespace op {
struct Cholesky : Structured {
  static constexpr OpInfo info{
      .name = "cholesky",
      .formula = "L lower triangular with L L^T = X",
      .gradient =
          "dL/dX = (S + S^T) / 2, S = L^-T P L^-1, P = lower triangle of L^T G, "
          "its diagonal halved",
      .domain = "symmetric positive definite; the lower triangle is read",
      .kinks = "symmetrised: the gradient along symmetric changes of X; NaN spreads within its matrix",
      .accuracy = "in double, backward stable: the result of a matrix within n^2 2^-52 |X| of X",
      .source = "Murray 2016, \"Differentiation of the Cholesky decomposition\"",
      .instead = "sqrt(a)"};
  static constexpr std::uint32_t saves = kSavesOutput;
  Result shape(Inputs x) const {
    detail::check_square(x[0], info.name);
    return {x[0].shape(), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::cholesky(x[0], y); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor l = call.output();
    const std::int64_t n = l.size(-1);
    const Tensor product = matmul(l.transpose(), call.gradient());
    const Tensor lower = where(detail::on_or_below_diagonal(n), product, 0.0);
    const Tensor p = where(detail::on_diagonal(n), lower * 0.5, lower);
    const Tensor left = triangular_solve(l, p, {.transpose = true});
    const Tensor s = triangular_solve(l, left.transpose(), {.transpose = true});
    call.add(0, detail::arrived(detail::symmetrised(s), call.gradient()));
  }
  static std::vector<Sample> samples() {
    // X is to stay symmetric where the check moves its inputs.
    const auto apply = [](std::span<const Tensor> x) {
      return cholesky(detail::plus_identity(matmul(x[0], x[0].transpose()), 3.0));
    };
    return {{"a matrix", {sample_tensor({3, 3})}, apply},
            {"a batch", {sample_tensor({2, 2, 2})}, apply},
            {"transposed", {sample_tensor({2, 3}).transpose()}, apply},
            {"one element", {sample_tensor({1, 1})}, apply},
            {"without elements", {sample_tensor({0, 0})}, apply}};
  }
  static std::vector<ErrorCase> errors() {
    auto all = detail::square_errors(info.name, cholesky);
    all.push_back({"not positive definite",
                   [] {
                     static_cast<void>(cholesky(tensor({{1, 2, 0}, {2, 1, 0}, {0, 0, 1}})));
                   },
                   "[cholesky] not positive definite: leading minor 2 is not positive"});
    all.push_back({"one of a batch",
                   [] {
                     static_cast<void>(cholesky(tensor({{{1, 0}, {0, 1}}, {{1, 2}, {2, 1}}})));
                   },
                   "leading minor 2 in matrix (1) is not positive"});
    return all;
  }
};
}  // namespace op

/// The lower triangular L with L L^T = X and a positive diagonal. Only the lower triangle of X is
/// read; its gradient is symmetric.
/// Shapes    (..., n, n) unchanged
/// Errors    ShapeError unless square; DTypeError on integers; DomainError if a matrix is not positive
///           definite
/// Cost      n^3 / 3 operations a batch
[[nodiscard]] inline Tensor cholesky(const Tensor& x) {
  return record_structured(op::Cholesky{}, x);
}

/// X with A X = B for the A whose Cholesky factor is `l`: cholesky_solve(cholesky(a), b). The factor
/// stands first, as the matrix in solve.
/// Shapes    l (..., n, n), b -> x as in solve
/// Errors    ShapeError, DTypeError as solve
[[nodiscard]] inline Tensor cholesky_solve(const Tensor& l, const Tensor& b) {
  static_cast<void>(detail::LinearSystem(l, b, "cholesky_solve"));
  return triangular_solve(l, triangular_solve(l, b), {.transpose = true});
}
}  // namespace nabla
