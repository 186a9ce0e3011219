// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/elementwise_run.hpp>
#include <nabla/ops/family/structured.hpp>

namespace nabla {
[[nodiscard]] Tensor broadcast_to(const Tensor& x, const Shape& shape);

namespace op {
struct BroadcastTo : Structured {
  Shape target;

  static constexpr OpInfo info{.name = "broadcast_to",
                               .formula = "y = x repeated along new axes and axes of size 1",
                               .gradient = "dL/dx = g summed over these axes",
                               .source = "NumPy broadcasting"};
  static constexpr std::uint32_t saves = 0;
  View view(Inputs x) const {
    const detail::Node& node = *x[0].node();
    if (node.rank > target.rank() ||
        broadcast_shape(x[0].shape(), target, "broadcast_to") != target) {
      throw ShapeError("[broadcast_to] does not stretch: got " + to_string(x[0].shape()) +
                       ", need sizes 1 where it differs from " + to_string(target));
    }
    return {target, detail::broadcast_strides(node, target.rank(), target.begin())};
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, sum_to(call.gradient(), call.input(0).shape()));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) { return broadcast_to(x[0], {2, 3}); };
    return {{"a row", {sample_tensor({3})}, apply},
            {"a column", {sample_tensor({2, 1})}, apply},
            {"a number", {sample_tensor({})}, apply}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"sizes that do not stretch", [] { static_cast<void>(broadcast_to(zeros({2}), {3})); },
             "[broadcast_to] shapes do not broadcast: a is (2,), b is (3,)"},
            {"fewer axes",
             [] {
               static_cast<void>(broadcast_to(zeros({1, 3}), {3}));
             },
             "[broadcast_to] does not stretch: got (1, 3)"}};
  }
};
}  // namespace op

/// A view of the given shape that repeats x along axes it lacks or has with size 1.
/// Errors    ShapeError if x does not stretch to `shape`
[[nodiscard]] inline Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  shape.check("broadcast_to");
  if (detail::defined(x, "broadcast_to").shape() == shape) return x;
  op::BroadcastTo op;
  op.target = shape;
  return record_structured(op, x);
}
}  // namespace nabla
