// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/index/embed_slice.hpp>

namespace nabla {
namespace op {
struct Slice : Structured {
  int axis;
  std::int64_t start, count, step;

  static constexpr OpInfo info{.name = "slice",
                               .formula = "y = x[start:stop:step] along an axis",
                               .gradient = "dL/dx = g at these places, 0 elsewhere",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  View view(Inputs x) const {
    Strides strides = x[0].strides();
    const auto a = static_cast<std::size_t>(axis);
    const std::int64_t offset = count == 0 ? 0 : start * strides[a];
    strides[a] *= step;
    return {x[0].shape().with(axis, count), strides, offset};
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0))
      call.add(0, embed_slice(call.gradient(), axis, start, step, call.input(0).size(axis)));
  }
  static std::vector<Sample> samples() {
    return {{"columns",
             {sample_tensor({2, 5})},
             [](std::span<const Tensor> x) { return x[0].slice(1, 1, 4); }},
            {"every second row",
             {sample_tensor({5, 2})},
             [](std::span<const Tensor> x) { return x[0].slice(0, 0, 5, 2); }},
            {"from the end, cut off", {sample_tensor({4})}, [](std::span<const Tensor> x) {
               return x[0].slice(0, -2, 9);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"no such axis", [] { static_cast<void>(zeros({3}).slice(1, 0, 1)); },
             "[slice] no such axis: got 1"},
            {"a step of 0", [] { static_cast<void>(zeros({3}).slice(0, 0, 1, 0)); },
             "[slice] got step 0, need at least 1"}};
  }
};
}  // namespace op

/// A view of every `step`-th element from `start` to before `stop` along `axis`. Negative positions
/// count from the end; positions beyond the ends are cut off, as in Python.
/// Errors    ShapeError if there is no such axis; DomainError if step < 1
[[nodiscard]] inline Tensor slice(const Tensor& x, int axis, std::int64_t start, std::int64_t stop,
                                  std::int64_t step = 1) {
  if (step < 1) throw DomainError("[slice] got step " + std::to_string(step) + ", need at least 1");
  op::Slice op;
  op.axis = normal_axis(axis, detail::defined(x, "slice").rank(), "slice");
  const std::int64_t size = x.size(op.axis);
  const auto position = [size](std::int64_t p) {
    return std::clamp<std::int64_t>(p < 0 ? p + size : p, 0, size);
  };
  op.start = position(start);
  const std::int64_t length = position(stop) - op.start;
  op.count = length <= 0 ? 0 : (length - 1) / step + 1;
  op.step = op.count > 1 ? step : 1;
  return record_structured(op, x);
}
inline Tensor Tensor::slice(int axis, std::int64_t start, std::int64_t stop,
                            std::int64_t step) const {
  return nabla::slice(*this, axis, start, stop, step);
}
}  // namespace nabla
