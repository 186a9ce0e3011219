// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/shapes.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor pad_axis(const Tensor& x, int axis, std::int64_t before, std::int64_t after,
                              PadMode mode);
[[nodiscard]] Tensor fold_padding(const Tensor& x, int axis, std::int64_t before,
                                  std::int64_t after, PadMode mode);

namespace op {
struct FoldPadding : Structured {
  int axis;
  PadMode mode;
  std::int64_t before, after;

  static constexpr OpInfo info{
      .name = "fold_padding",
      .formula = "y = x without the padding, which is added where it came from",
      .gradient = "dL/dx = g, continued at both ends",
      .accuracy = "one rounding for each term, in the type of x",
      .source = "transpose of pad_axis"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    if (!is_floating(x[0].dtype())) detail::throw_not_floating(x[0], info.name);
    detail::check_width(before, info.name);
    detail::check_width(after, info.name);
    const std::int64_t n = x[0].size(axis) - before - after;
    detail::check_padding(n, before, after, mode, info.name);
    return {x[0].shape().with(axis, n), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::add_padded(x[0], axis, before, mode, y); }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, pad_axis(call.gradient(), axis, before, after, mode));
  }
  static std::vector<Sample> samples() {
    return {
        {"of reflected columns",
         {sample_tensor({2, 6})},
         [](std::span<const Tensor> x) { return fold_padding(x[0], 1, 1, 2, PadMode::reflect); }},
        {"of rows of a transposed view",
         {sample_tensor({2, 6}).transpose()},
         [](std::span<const Tensor> x) { return fold_padding(x[0], 0, 3, 1, PadMode::replicate); }},
        {"no lines", {sample_tensor({0, 5})}, [](std::span<const Tensor> x) {
           return fold_padding(x[0], 1, 1, 1, PadMode::circular);
         }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"integers",
             [] { static_cast<void>(fold_padding(arange(3), 0, 1, 1, PadMode::replicate)); },
             "[fold_padding] got int64, need float32 or float64"},
            {"less than the padding",
             [] { static_cast<void>(fold_padding(zeros({3}), 0, 2, 2, PadMode::replicate)); },
             "[fold_padding] does not fit: got {2, 2} for -1 elements"}};
  }
};
}  // namespace op

/// The transpose of pad_axis: the padding is taken off, and added to the elements that it repeats.
/// Errors    ShapeError if x is not what pad_axis can give; DTypeError unless x is floating
[[nodiscard]] inline Tensor fold_padding(const Tensor& x, int axis, std::int64_t before,
                                         std::int64_t after, PadMode mode) {
  op::FoldPadding op{};
  op.axis = normal_axis(axis, detail::defined(x, "fold_padding").rank(), "fold_padding");
  op.mode = mode;
  op.before = before;
  op.after = after;
  return record_structured(op, x);
}
}  // namespace nabla

// The two derive each other, so each brings the other along.
#include <nabla/ops/index/pad_axis.hpp>
