// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/index/fold_windows.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor unfold(const Tensor& x, int axis, std::int64_t size, std::int64_t step = 1);

namespace op {
struct Unfold : Structured {
  int axis;
  std::int64_t size, step;

  static constexpr OpInfo info{.name = "unfold",
                               .formula = "y[.., w, .., k] = x[.., w step + k, ..]",
                               .gradient = "dL/dx = g added up where the windows overlap",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  View view(Inputs x) const {
    const std::int64_t n = x[0].size(axis);
    if (x[0].rank() == kMaxRank || size < 0 || size > n || step < 1) {
      throw ShapeError("[unfold] got windows of " + std::to_string(size) + " in steps of " +
                       std::to_string(step) + " along axis " + std::to_string(axis) + " of " +
                       to_string(x[0].shape()) + ", need at most " + std::to_string(n) +
                       ", steps of at least 1, and at most " + std::to_string(kMaxRank - 1) +
                       " axes");
    }
    View view{x[0].shape().with(axis, (n - size) / step + 1), x[0].strides()};
    std::int64_t& along = view.strides[static_cast<std::size_t>(axis)];
    view.shape = view.shape.inserted(x[0].rank(), size);
    view.strides[static_cast<std::size_t>(x[0].rank())] = along;
    // One window needs no step, which may be too large to multiply.
    if (view.shape[axis] > 1) along *= step;
    return view;
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0))
      call.add(0, fold_windows(call.gradient(), axis, step, call.input(0).size(axis)));
  }
  static std::vector<Sample> samples() {
    return {{"that overlap",
             {sample_tensor({5})},
             [](std::span<const Tensor> x) { return unfold(x[0], 0, 3); }},
            {"a middle axis, a rest is left over",
             {sample_tensor({2, 6, 2})},
             [](std::span<const Tensor> x) { return unfold(x[0], 1, 3, 2); }},
            {"with gaps, of a transposed view",
             {sample_tensor({2, 7}).transpose()},
             [](std::span<const Tensor> x) { return unfold(x[0], 0, 2, 3); }},
            {"twice",
             {sample_tensor({3, 4})},
             [](std::span<const Tensor> x) { return unfold(unfold(x[0], 0, 2), 1, 3); }},
            {"without elements",
             {sample_tensor({2})},
             [](std::span<const Tensor> x) { return unfold(x[0], 0, 0); }},
            {"no lines", {sample_tensor({0, 4})}, [](std::span<const Tensor> x) {
               return unfold(x[0], 1, 3);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    const auto refused = [](int a, std::int64_t width, std::int64_t stride) {
      return [=] { static_cast<void>(unfold(zeros({2, 3}), a, width, stride)); };
    };
    return {{"a window that is too large", refused(1, 4, 1),
             "[unfold] got windows of 4 in steps of 1 along axis 1 of (2, 3), need at most 3"},
            {"a step of 0", refused(1, 2, 0),
             "[unfold] got windows of 2 in steps of 0 along axis 1 of (2, 3)"},
            {"no such axis", refused(2, 1, 1), "[unfold] no such axis: got 2"}};
  }
};
}  // namespace op

/// A view of the windows of `size` elements along `axis`, one every `step` elements: the axis counts
/// the windows, and a new last axis the elements in one. What is left over at the end is in none.
/// Shapes    (..., n, ...) -> (..., (n - size) / step + 1, ..., size)
/// Errors    ShapeError if there is no such axis, the window is larger than it, or step < 1
[[nodiscard]] inline Tensor unfold(const Tensor& x, int axis, std::int64_t size,
                                   std::int64_t step) {
  op::Unfold op{};
  op.axis = normal_axis(axis, detail::defined(x, "unfold").rank(), "unfold");
  op.size = size;
  op.step = step;
  return record_structured(op, x);
}
}  // namespace nabla
