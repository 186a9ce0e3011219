// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include <nabla/ops/family/shapes.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor triu(const Tensor& x, std::int64_t diagonal = 0);

namespace op {
struct Triu : Structured {
  std::int64_t diagonal;

  static constexpr OpInfo info{.name = "triu",
                               .formula = "y = x where j - i >= diagonal, 0 elsewhere",
                               .gradient = "dL/dx = g where j - i >= diagonal, 0 elsewhere",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    detail::check_two_axes(x[0], info.name);
    return {x[0].shape(), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    detail::copy_band(x[0], diagonal, std::numeric_limits<std::int64_t>::max(), y);
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, triu(call.gradient(), diagonal));
  }
  static std::vector<Sample> samples() {
    return {
        {"a matrix", {sample_tensor({3, 3})}, [](std::span<const Tensor> x) { return triu(x[0]); }},
        {"another diagonal, a batch, wide",
         {sample_tensor({2, 2, 4})},
         [](std::span<const Tensor> x) { return triu(x[0], 1); }},
        {"a tall, transposed view",
         {sample_tensor({2, 4}).transpose()},
         [](std::span<const Tensor> x) { return triu(x[0], -1); }},
        {"no elements", {sample_tensor({2, 0})}, [](std::span<const Tensor> x) {
           return triu(x[0]);
         }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a vector", [] { static_cast<void>(triu(zeros({3}))); },
             "[triu] got (3,), need at least two axes"}};
  }
};
}  // namespace op

/// The elements on and above the diagonal j = i + `diagonal` of the matrices in the last two axes; 0
/// elsewhere.
/// Shapes    (..., n, m), unchanged
/// Errors    ShapeError if there are no two axes
[[nodiscard]] inline Tensor triu(const Tensor& x, std::int64_t diagonal) {
  op::Triu op{};
  op.diagonal = diagonal;
  return record_structured(op, detail::defined(x, "triu"));
}
}  // namespace nabla
