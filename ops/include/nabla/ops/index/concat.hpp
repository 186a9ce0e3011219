// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/copy.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/to.hpp>

namespace nabla {
[[nodiscard]] Tensor concat(std::span<const Tensor> tensors, int axis = 0);
[[nodiscard]] Tensor concat(std::initializer_list<Tensor> tensors, int axis = 0);

namespace op {
struct Concat : Structured {
  int axis;

  static constexpr OpInfo info{.name = "concat",
                               .formula = "y = the x_i one after another along an axis",
                               .gradient = "dL/dx_i = its part of g",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    if (x.count() == 0) throw ShapeError("[concat] got no tensors, need at least one");
    Shape shape = x[0].shape();
    for (int i = 1; i < x.count(); ++i) {
      if (x[i].rank() != shape.rank() || x[i].shape().with(axis, shape[axis]) != shape) {
        throw ShapeError("[concat] sizes differ: tensor 0 is " + to_string(x[0].shape()) +
                         ", tensor " + std::to_string(i) + " is " + to_string(x[i].shape()) +
                         ", need equal sizes except at axis " + std::to_string(axis));
      }
      shape = shape.with(axis, shape[axis] + x[i].size(axis));
    }
    return {shape, detail::common_dtype(x)};
  }
  void forward(Inputs x, Tensor& y) const {
    const NoGrad no_grad;
    const detail::Node& into = *y.node();
    const std::size_t bytes = size_bytes(into.dtype);
    const std::int64_t step = into.strides()[axis] * static_cast<std::int64_t>(bytes);
    std::byte* at = into.data;
    for (int i = 0; i < x.count(); ++i) {
      const Tensor part = to(x[i], y.dtype());
      const detail::Node& from = *part.node();
      kernels::copy(from.rank, from.sizes(), at, into.strides(), from.data, from.strides(), bytes);
      at += from.sizes()[axis] * step;
    }
  }
  void backward(BackwardCall& call) const {
    std::int64_t at = 0;
    for (int i = 0; i < call.input_count(); ++i) {
      const std::int64_t next = at + call.input(i).size(axis);
      if (call.wants(i))
        call.add(i, to(call.gradient().slice(axis, at, next), call.input(i).dtype()));
      at = next;
    }
  }
  static std::vector<Sample> samples() {
    return {{"rows",
             {sample_tensor({2, 3}), sample_tensor({1, 3})},
             [](std::span<const Tensor> x) { return concat(x, 0); }},
            {"columns, one of them twice",
             {sample_tensor({2, 1}), sample_tensor({2, 2})},
             [](std::span<const Tensor> x) {
               return concat({x[0], x[1], x[0]}, -1);
             }},
            {"one without elements",
             {sample_tensor({0, 2}), sample_tensor({1, 2})},
             [](std::span<const Tensor> x) { return concat(x, 0); }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"other sizes",
             [] {
               static_cast<void>(concat({zeros({2, 3}), zeros({2, 4})}, 0));
             },
             "[concat] sizes differ: tensor 0 is (2, 3), tensor 1 is (2, 4)"},
            {"nothing", [] { static_cast<void>(concat(std::span<const Tensor>{}, 0)); },
             "[concat] got no tensors"}};
  }
};
}  // namespace op

/// The tensors one after another along an existing axis, in the smallest dtype that holds them all;
/// each gradient comes back in its tensor's own.
/// Errors    ShapeError if there are none, or other sizes differ
[[nodiscard]] inline Tensor concat(std::span<const Tensor> tensors, int axis) {
  if (tensors.empty()) throw ShapeError("[concat] got no tensors, need at least one");
  op::Concat op;
  op.axis = normal_axis(axis, detail::defined(tensors[0], "concat").rank(), "concat");
  return record_structured(op, tensors);
}
[[nodiscard]] inline Tensor concat(std::initializer_list<Tensor> tensors, int axis) {
  return concat(std::span<const Tensor>(tensors.begin(), tensors.size()), axis);
}
}  // namespace nabla
