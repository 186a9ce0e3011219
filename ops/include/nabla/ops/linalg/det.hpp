// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/linalg/cofactor.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor det(const Tensor& x);

namespace op {
struct Det : Structured {
  static constexpr OpInfo info{
      .name = "det",
      .formula = "y = determinant of X",
      .gradient = "dL/dX = g cofactors of X",
      .domain = "square",
      .kinks = "singular X: exact, first and second derivative; not the third",
      .accuracy = "in double, backward stable: the result of a matrix within n^2 2^-52 |X| of X",
      .source = "Giles 2008, \"Collected matrix derivative results\"",
      .instead = "a*d - b*c"};
  static constexpr std::uint32_t saves = 1;
  Result shape(Inputs x) const {
    detail::check_square(x[0], info.name);
    return {detail::batch_of(x[0].shape()), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::determinant(x[0], y); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    call.add(0, record(Chain{}, detail::as_matrices(call.gradient()), cofactor(call.input(0))));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) { return det(x[0]); };
    const Tensor rank1 = tensor({{1, 2, 3}, {2, 4, 6}, {-1, -2, -3}}, float64);
    return {{"a matrix", {sample_tensor({3, 3})}, apply},
            {"a batch", {sample_tensor({2, 1, 2, 2})}, apply},
            {"transposed", {sample_tensor({3, 3}).transpose()}, apply},
            {"one element", {sample_tensor({1, 1})}, apply},
            {"rank n - 1", {tensor({{1, 2, 3}, {4, 5, 6}, {5, 7, 9}}, float64)}, apply},
            {"rank n - 2", {rank1}, apply, false},
            {"zero", {zeros({2, 2}, float64)}, apply, false},
            {"without elements", {sample_tensor({2, 0, 0})}, apply}};
  }
  static std::vector<ErrorCase> errors() { return detail::square_errors(info.name, det); }
};
}  // namespace op

/// The determinant, 1 of a matrix without elements. Of large matrices it leaves the range of numbers
/// soon; slogdet does not.
/// Shapes    (..., n, n) -> (...)
/// Errors    ShapeError unless square; DTypeError on integers
/// Cost      2/3 n^3 operations a batch; in a sweep, a singular value decomposition
[[nodiscard]] inline Tensor det(const Tensor& x) { return record_structured(op::Det{}, x); }
}  // namespace nabla
