// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/structured.hpp>

namespace nabla {
namespace op {
struct Transpose : Structured {
  int axis0, axis1;

  static constexpr OpInfo info{.name = "transpose",
                               .formula = "y = x with two axes exchanged",
                               .gradient = "dL/dx = g with the same axes exchanged",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  View view(Inputs x) const {
    Shape shape = x[0].shape();
    Strides strides = x[0].strides();
    const auto a = static_cast<std::size_t>(axis0);
    const auto b = static_cast<std::size_t>(axis1);
    const std::int64_t size = shape[axis0];
    shape = shape.with(axis0, shape[axis1]).with(axis1, size);
    std::swap(strides[a], strides[b]);
    return {shape, strides};
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, call.gradient().transpose(axis0, axis1));
  }
  static std::vector<Sample> samples() {
    return {{"matrix",
             {sample_tensor({2, 3})},
             [](std::span<const Tensor> x) { return x[0].transpose(); }},
            {"axes 0 and 2",
             {sample_tensor({2, 3, 4})},
             [](std::span<const Tensor> x) { return x[0].transpose(0, 2); }},
            {"without elements", {sample_tensor({0, 2})}, [](std::span<const Tensor> x) {
               return x[0].transpose();
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a vector", [] { static_cast<void>(zeros({3}).transpose()); },
             "[transpose] no such axis: got -2"}};
  }
};
}  // namespace op

/// A view with two axes exchanged: the transposed matrix.
/// Errors    ShapeError if there is no such axis
[[nodiscard]] inline Tensor transpose(const Tensor& x, int axis0 = -2, int axis1 = -1) {
  op::Transpose op;
  op.axis0 = normal_axis(axis0, detail::defined(x, "transpose").rank(), "transpose");
  op.axis1 = normal_axis(axis1, x.rank(), "transpose");
  return record_structured(op, x);
}
inline Tensor Tensor::transpose(int axis0, int axis1) const {
  return nabla::transpose(*this, axis0, axis1);
}
}  // namespace nabla
