// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/recording.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/select.hpp>
#include <nabla/ops/view/to.hpp>

namespace nabla {
[[nodiscard]] Tensor stack(std::span<const Tensor> tensors, int axis = 0);
[[nodiscard]] Tensor stack(std::initializer_list<Tensor> tensors, int axis = 0);

namespace op {
struct Stack : Structured {
  int axis;

  static constexpr OpInfo info{.name = "stack",
                               .formula = "y = the x_i along a new axis",
                               .gradient = "dL/dx_i = its slice of g",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    if (x.count() == 0) throw ShapeError("[stack] got no tensors, need at least one");
    Shape shape = x[0].shape();
    for (int i = 1; i < x.count(); ++i) {
      if (x[i].shape() != shape) {
        throw ShapeError("[stack] shapes differ: tensor 0 is " + to_string(shape) + ", tensor " +
                         std::to_string(i) + " is " + to_string(x[i].shape()) +
                         ", need equal shapes");
      }
    }
    check_rank(shape.rank() + 1, info.name);
    shape = shape.inserted(axis, x.count());
    return {shape, detail::common_dtype(x)};
  }
  void forward(Inputs x, Tensor& y) const {
    const NoGrad no_grad;
    std::int64_t at = 0;
    for (int i = 0; i < x.count(); ++i) {
      const Tensor part = select(y, axis, at);
      detail::copy_elements(*to(x[i], y.dtype()).node(), *part.node());
      at += 1;
    }
  }
  void backward(BackwardCall& call) const {
    std::int64_t at = 0;
    for (int i = 0; i < call.input_count(); ++i) {
      const std::int64_t next = at + 1;
      if (call.wants(i)) call.add(i, to(select(call.gradient(), axis, at), call.input(i).dtype()));
      at = next;
    }
  }
  static std::vector<Sample> samples() {
    return {{"rows",
             {sample_tensor({3}), sample_tensor({3})},
             [](std::span<const Tensor> x) { return stack(x, 0); }},
            {"columns, one of them twice",
             {sample_tensor({3}), sample_tensor({3})},
             [](std::span<const Tensor> x) {
               return stack({x[0], x[1], x[0]}, -1);
             }},
            {"numbers",
             {sample_tensor({}), sample_tensor({})},
             [](std::span<const Tensor> x) { return stack(x, 0); }},
            {"without elements",
             {sample_tensor({2, 0}), sample_tensor({2, 0})},
             [](std::span<const Tensor> x) { return stack(x, 1); }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"other shapes",
             [] {
               static_cast<void>(stack({zeros({3}), zeros({4})}, 0));
             },
             "[stack] shapes differ: tensor 0 is (3,), tensor 1 is (4,), need equal shapes"},
            {"nothing", [] { static_cast<void>(stack(std::span<const Tensor>{}, 0)); },
             "[stack] got no tensors"}};
  }
};
}  // namespace op

/// The tensors along a new axis, in the smallest dtype that holds them all; each gradient comes back
/// in its tensor's own.
/// Errors    ShapeError if there are none, or shapes differ
[[nodiscard]] inline Tensor stack(std::span<const Tensor> tensors, int axis) {
  if (tensors.empty()) throw ShapeError("[stack] got no tensors, need at least one");
  op::Stack op;
  op.axis = normal_axis(axis, detail::defined(tensors[0], "stack").rank() + 1, "stack");
  return record_structured(op, tensors);
}
[[nodiscard]] inline Tensor stack(std::initializer_list<Tensor> tensors, int axis) {
  return stack(std::span<const Tensor>(tensors.begin(), tensors.size()), axis);
}
}  // namespace nabla
