// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/family/reduction.hpp>
#include <nabla/ops/index/diag_embed.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/diagonal.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor trace(const Tensor& x);

namespace op {
struct Trace : Structured {
  static constexpr OpInfo info{.name = "trace",
                               .formula = "y = sum of X[i, i]",
                               .gradient = "dL/dX = g on the diagonal, 0 elsewhere",
                               .accuracy = "summed in double",
                               .source = "definition",
                               .instead = "a + d"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    detail::check_matrices(x[0], info.name);
    return {detail::batch_of(x[0].shape()), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    const NoGrad no_grad;
    const Tensor all = diagonal(x[0], 0, -2, -1);
    Reduction last{};
    last.mask = 1u << (all.rank() - 1);
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      detail::put_sums<T>(all, last, elements<T>(y),
                          [](double total) { return static_cast<T>(total); });
    });
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor& g = call.gradient();
    const std::int64_t rows = call.input(0).size(-2), columns = call.input(0).size(-1);
    const Shape along = g.shape().inserted(g.rank(), std::min(rows, columns));
    call.add(0, diag_embed(broadcast_to(unsqueeze(g, -1), along), 0, -2, -1, rows, columns));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) { return trace(x[0]); };
    return {{"a matrix", {sample_tensor({3, 3})}, apply},
            {"a batch", {sample_tensor({2, 1, 2, 2})}, apply},
            {"wide", {sample_tensor({2, 4})}, apply},
            {"a batch of tall ones, transposed", {sample_tensor({2, 2, 3}).transpose()}, apply},
            {"without elements", {sample_tensor({2, 0, 0})}, apply}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a vector", [] { static_cast<void>(trace(zeros({3}))); },
             "[trace] got (3,), need a matrix, or a batch of them"},
            {"integers", [] { static_cast<void>(trace(eye(2, int64))); },
             "[trace] got int64, need float32 or float64"}};
  }
};
}  // namespace op

/// The sum of the diagonal, which has min(m, n) elements.
/// Shapes    (..., m, n) -> (...)
/// Errors    ShapeError on less than two axes; DTypeError on integers
[[nodiscard]] inline Tensor trace(const Tensor& x) { return record_structured(op::Trace{}, x); }
}  // namespace nabla
