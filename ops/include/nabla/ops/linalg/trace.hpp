// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor trace(const Tensor& x);

namespace op {
struct Trace : Structured {
  static constexpr OpInfo info{.name = "trace",
                               .formula = "y = sum of X[i, i]",
                               .gradient = "dL/dX = g on the diagonal, 0 elsewhere",
                               .domain = "square",
                               .source = "definition",
                               .instead = "a + d"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    detail::check_square(x[0], info.name);
    return {detail::batch_of(x[0].shape()), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::trace(x[0], y); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor is_diagonal = detail::on_diagonal(call.input(0).size(-1));
    call.add(0, where(is_diagonal, detail::as_matrices(call.gradient()), 0.0));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) { return trace(x[0]); };
    return {{"a matrix", {sample_tensor({3, 3})}, apply},
            {"a batch", {sample_tensor({2, 1, 2, 2})}, apply},
            {"transposed", {sample_tensor({2, 2}).transpose()}, apply},
            {"without elements", {sample_tensor({2, 0, 0})}, apply}};
  }
  static std::vector<ErrorCase> errors() { return detail::square_errors(info.name, trace); }
};
}  // namespace op

/// The sum of the diagonal.
/// Shapes    (..., n, n) -> (...)
/// Errors    ShapeError unless square; DTypeError on integers
[[nodiscard]] inline Tensor trace(const Tensor& x) { return record_structured(op::Trace{}, x); }
}  // namespace nabla
