// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>

#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/index/embed_slice.hpp>
#include <nabla/ops/view/reshape.hpp>

namespace nabla {
[[nodiscard]] Tensor select(const Tensor& x, int axis, std::int64_t index);

namespace op {
struct Select : Structured {
  int axis;
  std::int64_t index;

  static constexpr OpInfo info{.name = "select",
                               .formula = "y = x[index] along an axis, without that axis",
                               .gradient = "dL/dx = g at this place, 0 elsewhere",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  View view(Inputs x) const {
    const Strides from = x[0].strides();
    return {x[0].shape().without(axis), off_axis(from),
            index * from[static_cast<std::size_t>(axis)]};
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor& g = call.gradient();
    const Tensor x = call.input(0);
    if (call.create_graph()) {
      const Tensor column = g.reshape(g.shape().inserted(axis, 1));
      return call.add(0, embed_slice(column, axis, index, 1, x.size(axis)));
    }
    Tensor dx = detail::make_tensor_like(x, info.name);
    const Strides steps = dx.strides();
    embed(g, index * steps[static_cast<std::size_t>(axis)], off_axis(steps), dx);
    call.add(0, std::move(dx));
  }
  static std::vector<Sample> samples() {
    return {
        {"a row", {sample_tensor({2, 3})}, [](std::span<const Tensor> x) { return x[0][1]; }},
        {"the last column",
         {sample_tensor({2, 3})},
         [](std::span<const Tensor> x) { return select(x[0], 1, -1); }},
        {"one element", {sample_tensor({3})}, [](std::span<const Tensor> x) { return x[0][2]; }},
        {"a row without elements", {sample_tensor({2, 0})}, [](std::span<const Tensor> x) {
           return x[0][1];
         }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a number", [] { static_cast<void>(zeros({})[0]); },
             "[select] a number has no axes: got axis 0"},
            {"out of range",
             [] {
               static_cast<void>(zeros({2, 3})[2]);
             },
             "[select] no such index: got 2 for axis 0 of (2, 3), need -2 <= index < 2"}};
  }

 private:
  // The steps of the axes that are left.
  [[nodiscard]] Strides off_axis(const Strides& all) const {
    Strides left = all;
    std::copy(all.begin() + axis + 1, all.end(), left.begin() + axis);
    return left;
  }
};
}  // namespace op

/// A view of one place along `axis`; the axis is gone. A negative index counts from the end.
/// Errors    ShapeError if there is no such axis or index
[[nodiscard]] inline Tensor select(const Tensor& x, int axis, std::int64_t index) {
  op::Select op;
  op.axis = normal_axis(axis, detail::defined(x, "select").rank(), "select");
  const std::int64_t size = x.size(op.axis);
  op.index = index < 0 ? index + size : index;
  if (op.index < 0 || op.index >= size) {
    throw ShapeError("[select] no such index: got " + std::to_string(index) + " for axis " +
                     std::to_string(op.axis) + " of " + to_string(x.shape()) + ", need " +
                     std::to_string(-size) + " <= index < " + std::to_string(size));
  }
  return record_structured(op, x);
}
inline Tensor Tensor::operator[](std::int64_t index) const { return select(*this, 0, index); }
}  // namespace nabla
