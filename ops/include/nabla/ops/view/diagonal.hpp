// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/index/diag_embed.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor diagonal(const Tensor& x, std::int64_t offset = 0, int axis0 = 0,
                              int axis1 = 1);

namespace op {
struct Diagonal : Structured {
  std::int64_t offset;
  int axis0, axis1;

  static constexpr OpInfo info{.name = "diagonal",
                               .formula = "y = x where j = i + offset, for two axes i and j",
                               .gradient = "dL/dx = g on this diagonal, 0 elsewhere",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  View view(Inputs x) const {
    const Shape shape = x[0].shape();
    // From the edge on there are no elements, however far off.
    const std::int64_t near = std::clamp(offset, -shape[axis0], shape[axis1]);
    const std::int64_t row = std::max<std::int64_t>(-near, 0);
    const std::int64_t column = std::max<std::int64_t>(near, 0);
    const std::int64_t count = std::min(shape[axis0] - row, shape[axis1] - column);
    const Strides from = x[0].strides();
    const std::int64_t step0 = from[static_cast<std::size_t>(axis0)];
    const std::int64_t step1 = from[static_cast<std::size_t>(axis1)];
    View view{shape.without(std::max(axis0, axis1)).without(std::min(axis0, axis1)), {}};
    for (int axis = 0, to = 0; axis < shape.rank(); ++axis) {
      if (axis != axis0 && axis != axis1)
        view.strides[static_cast<std::size_t>(to++)] = from[static_cast<std::size_t>(axis)];
    }
    const int last = view.shape.rank();
    view.shape = view.shape.inserted(last, std::max<std::int64_t>(count, 0));
    view.strides[static_cast<std::size_t>(last)] = step0 + step1;
    view.offset = count > 0 ? row * step0 + column * step1 : 0;
    return view;
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Shape x = call.input(0).shape();
    call.add(0, diag_embed(call.gradient(), offset, axis0, axis1, x[axis0], x[axis1]));
  }
  static std::vector<Sample> samples() {
    return {{"of a matrix",
             {sample_tensor({3, 3})},
             [](std::span<const Tensor> x) { return diagonal(x[0]); }},
            {"above, wide and transposed",
             {sample_tensor({4, 2}).transpose()},
             [](std::span<const Tensor> x) { return diagonal(x[0], 1); }},
            {"below, first and last axis",
             {sample_tensor({3, 2, 2})},
             [](std::span<const Tensor> x) { return diagonal(x[0], -1, 0, -1); }},
            {"of a batch, axes exchanged",
             {sample_tensor({2, 2, 3})},
             [](std::span<const Tensor> x) { return diagonal(x[0], -1, 2, 1); }},
            {"outside of the matrix",
             {sample_tensor({2, 3})},
             [](std::span<const Tensor> x) { return diagonal(x[0], 3); }},
            {"without elements", {sample_tensor({2, 0, 3})}, [](std::span<const Tensor> x) {
               return diagonal(x[0], -1, 0, 2);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a vector", [] { static_cast<void>(diagonal(zeros({3}))); },
             "[diagonal] no such axis: got 1"},
            {"an axis twice",
             [] {
               static_cast<void>(diagonal(zeros({2, 3}), 0, 1, -1));
             },
             "[diagonal] axes 1 and -1 of (2, 3) are one, need two"}};
  }
};
}  // namespace op

/// A view of the elements with j = i + offset, i along axis0 and j along axis1: these axes are gone,
/// and the diagonal is the last one. An offset that leaves the matrix gives no elements.
/// Shapes    (..., n, ..., m, ...) -> (..., ..., ..., size of the diagonal)
/// Errors    ShapeError if there is no such axis, or both are one
[[nodiscard]] inline Tensor diagonal(const Tensor& x, std::int64_t offset, int axis0, int axis1) {
  op::Diagonal op{};
  op.axis0 = normal_axis(axis0, detail::defined(x, "diagonal").rank(), "diagonal");
  op.axis1 = normal_axis(axis1, x.rank(), "diagonal");
  if (op.axis0 == op.axis1) {
    throw ShapeError("[diagonal] axes " + std::to_string(axis0) + " and " + std::to_string(axis1) +
                     " of " + to_string(x.shape()) + " are one, need two");
  }
  op.offset = offset;
  return record_structured(op, x);
}
}  // namespace nabla
