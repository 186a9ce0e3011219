// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <nabla/ops/family/structured.hpp>

namespace nabla {
[[nodiscard]] Tensor embed_slice(const Tensor& x, int axis, std::int64_t start, std::int64_t step,
                                 std::int64_t size);

namespace op {
// What slice does, backwards; it is an op of its own so that a recorded sweep can go through it.
struct EmbedSlice : Structured {
  int axis;
  std::int64_t start, step, size;

  static constexpr OpInfo info{.name = "embed_slice",
                               .formula = "y = 0, with y[start::step] = x along an axis",
                               .gradient = "dL/dx = g[start::step]",
                               .accuracy = "exact",
                               .source = "transpose of slice"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    const std::int64_t last = start + (x[0].size(axis) - 1) * step;
    if (start < 0 || step < 1 || (x[0].size(axis) > 0 && last >= size)) {
      throw ShapeError("[embed_slice] does not fit: got " + to_string(x[0].shape()) + " at " +
                       std::to_string(start) + " in steps of " + std::to_string(step) +
                       ", need it inside size " + std::to_string(size));
    }
    return {x[0].shape().with(axis, size), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    Strides steps = y.strides();
    const std::int64_t along = steps[static_cast<std::size_t>(axis)];
    steps[static_cast<std::size_t>(axis)] = along * step;
    embed(x[0], start * along, steps, y);
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const std::int64_t stop = start + (call.input(0).size(axis) - 1) * step + 1;
    call.add(0, call.gradient().slice(axis, start, std::max(start, stop), step));
  }
  static std::vector<Sample> samples() {
    return {{"every second of five",
             {sample_tensor({2, 2})},
             [](std::span<const Tensor> x) { return embed_slice(x[0], 1, 1, 2, 5); }},
            {"rows at the beginning",
             {sample_tensor({2, 3})},
             [](std::span<const Tensor> x) { return embed_slice(x[0], 0, 0, 1, 4); }},
            {"a middle axis, to the end",
             {sample_tensor({2, 3, 2})},
             [](std::span<const Tensor> x) { return embed_slice(x[0], -2, 1, 3, 8); }},
            {"one element, whatever the step",
             {sample_tensor({1})},
             [](std::span<const Tensor> x) { return embed_slice(x[0], 0, 2, 7, 4); }},
            {"the whole, and that of a part of it",
             {sample_tensor({4})},
             [](std::span<const Tensor> x) {
               return embed_slice(embed_slice(x[0], 0, 0, 1, 4).slice(0, 1, 4, 2), 0, 1, 1, 3);
             }},
            {"nothing into zeros",
             {sample_tensor({2, 0})},
             [](std::span<const Tensor> x) { return embed_slice(x[0], 1, 1, 2, 3); }},
            {"no rows", {sample_tensor({0, 2})}, [](std::span<const Tensor> x) {
               return embed_slice(x[0], 1, 0, 2, 4);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"beyond the end", [] { static_cast<void>(embed_slice(zeros({3}), 0, 1, 1, 3)); },
             "[embed_slice] does not fit: got (3,) at 1"}};
  }
};
}  // namespace op

/// Zeros of `size` along `axis`, with x at start, start + step, ...
/// Errors    ShapeError if x does not fit
[[nodiscard]] inline Tensor embed_slice(const Tensor& x, int axis, std::int64_t start,
                                        std::int64_t step, std::int64_t size) {
  op::EmbedSlice op;
  op.axis = normal_axis(axis, detail::defined(x, "embed_slice").rank(), "embed_slice");
  op.start = start;
  op.step = step;
  op.size = size;
  return record_structured(op, x);
}
}  // namespace nabla

// The inline member Tensor::slice, which backward calls. At the end: slice.hpp includes this file.
#include <nabla/ops/view/slice.hpp>
