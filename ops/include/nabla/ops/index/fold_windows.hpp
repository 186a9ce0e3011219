// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <nabla/ops/family/shapes.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor fold_windows(const Tensor& x, int axis, std::int64_t step, std::int64_t size);
[[nodiscard]] Tensor unfold(const Tensor& x, int axis, std::int64_t size, std::int64_t step);

namespace op {
struct FoldWindows : Structured {
  int axis;
  std::int64_t step, size;  ///< of the axis in the result

  static constexpr OpInfo info{.name = "fold_windows",
                               .formula = "y = 0, then y[.., w step + k, ..] += x[.., w, .., k]",
                               .gradient = "dL/dx = the windows of g",
                               .accuracy = "one rounding for each term, in the type of x",
                               .source = "transpose of unfold"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    if (!is_floating(x[0].dtype())) detail::throw_not_floating(x[0], info.name);
    const int last = x[0].rank() - 1;
    const std::int64_t windows = x[0].size(axis), width = x[0].size(last);
    if (step < 1 || width > size || windows != (size - width) / step + 1) {
      throw ShapeError("[fold_windows] does not fit: got " + to_string(x[0].shape()) +
                       ", need in the last axis the windows that size " + std::to_string(size) +
                       " has in steps of " + std::to_string(step) + " at axis " +
                       std::to_string(axis));
    }
    return {x[0].shape().without(last).with(axis, size), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::add_windows(x[0], axis, step, y); }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, unfold(call.gradient(), axis, call.input(0).size(-1), step));
  }
  static std::vector<Sample> samples() {
    return {{"that overlap",
             {sample_tensor({3, 3})},
             [](std::span<const Tensor> x) { return fold_windows(x[0], 0, 1, 5); }},
            {"a middle axis, with gaps and a rest",
             {sample_tensor({2, 2, 3, 2})},
             [](std::span<const Tensor> x) { return fold_windows(x[0], 1, 3, 6); }},
            {"of a transposed view",
             {sample_tensor({3, 2, 4}).transpose(0, 2)},
             [](std::span<const Tensor> x) { return fold_windows(x[0], 0, 2, 9); }},
            {"without elements", {sample_tensor({3, 0})}, [](std::span<const Tensor> x) {
               return fold_windows(x[0], 0, 1, 2);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {
        {"too few windows",
         [] {
           static_cast<void>(fold_windows(zeros({2, 3}), 0, 1, 5));
         },
         "[fold_windows] does not fit: got (2, 3), need in the last axis the windows that size 5"},
        {"integers",
         [] {
           static_cast<void>(fold_windows(zeros({2, 3}, int64), 0, 1, 4));
         },
         "[fold_windows] got int64, need float32 or float64"}};
  }
};
}  // namespace op

/// The transpose of unfold: the windows of the last axis put back to where they were along `axis` of
/// `size` elements, and added where they overlap.
/// Shapes    (..., windows, ..., n) -> (..., size, ...)
/// Errors    ShapeError unless there are as many windows as unfold gives; DTypeError unless x is
///           floating
[[nodiscard]] inline Tensor fold_windows(const Tensor& x, int axis, std::int64_t step,
                                         std::int64_t size) {
  op::FoldWindows op{};
  const int rank = detail::defined(x, "fold_windows").rank();
  op.axis = normal_axis(axis, std::max(rank - 1, 0), "fold_windows");
  op.step = step;
  op.size = size;
  return record_structured(op, x);
}
}  // namespace nabla

// The two derive each other, so each brings the other along.
#include <nabla/ops/view/unfold.hpp>
