// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/linalg/cofactor_gradient.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor cofactor(const Tensor& x);

namespace op {
struct Cofactor : Structured {
  static constexpr OpInfo info{
      .name = "cofactor",
      .formula = "Y = det X X^-T, the minors of X with the signs of a chessboard",
      .gradient = "dL/dX = (sum of G X^-T) Y - Y G^T X^-T, computed without the inverse",
      .domain = "square",
      .kinks = "singular X: exact, value and gradient; not the gradient of the gradient",
      .accuracy =
          "in double: error <= n^2 2^-52 times the product of the n - 1 largest singular values",
      .source = "Stewart 1998, \"On the adjugate matrix\""};
  static constexpr std::uint32_t saves = 1;
  Result shape(Inputs x) const {
    detail::check_square(x[0], info.name);
    return {x[0].shape(), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::cofactors(x[0], y); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor& g = call.gradient();
    call.add(0, detail::arrived(cofactor_gradient(call.input(0), g), g));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) { return cofactor(x[0]); };
    const auto far_from_singular = [](std::span<const Tensor> x) {
      return cofactor(detail::plus_identity(x[0], 7.0));
    };
    return {{"a matrix", {sample_tensor({3, 3})}, far_from_singular},
            {"a batch", {sample_tensor({2, 2, 2})}, far_from_singular},
            {"transposed", {sample_tensor({2, 2}).transpose()}, far_from_singular},
            {"one element", {sample_tensor({1, 1})}, far_from_singular},
            {"rank n - 1", {tensor({{1, 2, 3}, {4, 5, 6}, {5, 7, 9}}, float64)}, apply, false},
            {"without elements", {sample_tensor({0, 0})}, apply}};
  }
  static std::vector<ErrorCase> errors() { return detail::square_errors(info.name, cofactor); }
};
}  // namespace op

/// The matrix of cofactors, the transposed adjugate: the gradient of the determinant. It exists for
/// singular matrices too: of rank n - 1 it is not 0, of a lesser rank it is.
/// Shapes    (..., n, n) unchanged
/// Errors    ShapeError unless square; DTypeError on integers
/// Cost      a singular value decomposition a batch
[[nodiscard]] inline Tensor cofactor(const Tensor& x) {
  return record_structured(op::Cofactor{}, x);
}
}  // namespace nabla
