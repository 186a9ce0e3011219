// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor flip(const Tensor& x, const Axes& axes = {});

namespace op {
struct Flip : Structured {
  std::uint32_t mask;  ///< bit a is set if axis a is turned round

  static constexpr OpInfo info{.name = "flip",
                               .formula = "y = x from the last to the first along some axes",
                               .gradient = "dL/dx = g turned round along the same axes",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  View view(Inputs x) const {
    View view{x[0].shape(), x[0].strides()};
    if (x[0].numel() == 0) return view;
    for (int axis = 0; axis < x[0].rank(); ++axis) {
      if (((mask >> axis) & 1u) == 0) continue;
      std::int64_t& stride = view.strides[static_cast<std::size_t>(axis)];
      view.offset += (x[0].size(axis) - 1) * stride;
      stride = -stride;
    }
    return view;
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, record_structured(*this, call.gradient()));
  }
  static std::vector<Sample> samples() {
    return {
        {"all axes", {sample_tensor({2, 3})}, [](std::span<const Tensor> x) { return flip(x[0]); }},
        {"the middle axis",
         {sample_tensor({2, 3, 2})},
         [](std::span<const Tensor> x) { return flip(x[0], 1); }},
        {"two axes of a transposed view",
         {sample_tensor({2, 3, 4}).transpose(0, 2)},
         [](std::span<const Tensor> x) {
           return flip(x[0], {0, -1});
         }},
        {"twice", {sample_tensor({4})}, [](std::span<const Tensor> x) { return flip(flip(x[0])); }},
        {"no elements",
         {sample_tensor({2, 0})},
         [](std::span<const Tensor> x) { return flip(x[0]); }},
        {"a number", {sample_tensor({})}, [](std::span<const Tensor> x) { return flip(x[0]); }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"no such axis", [] { static_cast<void>(flip(zeros({3}), 1)); },
             "[flip] no such axis: got 1"},
            {"an axis twice",
             [] {
               static_cast<void>(flip(zeros({2, 3}), {0, -2}));
             },
             "[flip] axis -2 is named twice"}};
  }
};
}  // namespace op

/// A view from the last element to the first along the given axes, or along all.
/// Errors    ShapeError if there is no such axis, or one is named twice
[[nodiscard]] inline Tensor flip(const Tensor& x, const Axes& axes) {
  op::Flip op{};
  op.mask = axes.mask(detail::defined(x, "flip").rank(), "flip");
  return record_structured(op, x);
}
}  // namespace nabla
