// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/index/concat.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/abs.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor matrix_exp(const Tensor& x);

namespace op {
struct MatrixExp : Structured {
  static constexpr OpInfo info{
      .name = "matrix_exp",
      .formula = "Y = sum of X^k / k!",
      .gradient = "dL/dX = the block above the diagonal of exp [[X^T, G], [0, X^T]]",
      .domain = "square",
      .accuracy = "in double: relative error <= n 2^-52 |X| for normal X",
      .source =
          "Higham 2005, \"The scaling and squaring method for the matrix exponential "
          "revisited\"; Al-Mohy & Higham 2009",
      .instead = "exp(a)"};
  static constexpr std::uint32_t saves = 1;
  Result shape(Inputs x) const {
    detail::check_square(x[0], info.name);
    return {x[0].shape(), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::matrix_exponential(x[0], y); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor& g = call.gradient();
    const Tensor turned = call.input(0).transpose();
    // The block is linear in G; a large G would cost digits of X.
    const Tensor size = g.detach().abs().sum({-2, -1}, true);
    const Tensor scale = where(size == 0, 1.0, size);
    const Tensor above = concat({turned, g / scale}, -1);
    const Tensor below = concat({zeros_like(g), turned}, -1);
    const Tensor whole = matrix_exp(concat({above, below}, -2));
    const std::int64_t n = g.size(-1);
    call.add(0, detail::arrived(whole.slice(-2, 0, n).slice(-1, n, 2 * n) * scale, g));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) { return matrix_exp(x[0]); };
    return {{"a matrix", {sample_tensor({3, 3}, -1, 1)}, apply},
            {"far from 0", {sample_tensor({2, 2}, -6, 3)}, apply},
            {"zero", {zeros({2, 2}, float64)}, apply},
            {"a batch", {sample_tensor({2, 2, 2}, -1, 1)}, apply},
            {"transposed", {sample_tensor({2, 2}, -1, 1).transpose()}, apply},
            {"without elements", {sample_tensor({2, 0, 0})}, apply}};
  }
  static std::vector<ErrorCase> errors() { return detail::square_errors(info.name, matrix_exp); }
};
}  // namespace op

/// The exponential of a matrix, by scaling, a rational approximation of degree 13, and squaring.
/// Shapes    (..., n, n) unchanged
/// Errors    ShapeError unless square; DTypeError on integers
/// Cost      about 2 (6 + log2 of the norm of x) n^3 operations a batch; 8 times that in a sweep
[[nodiscard]] inline Tensor matrix_exp(const Tensor& x) {
  return record_structured(op::MatrixExp{}, x);
}
}  // namespace nabla
