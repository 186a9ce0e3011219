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
struct PadAxis : Structured {
  int axis;
  PadMode mode;
  std::int64_t before, after;
  const char* name;  ///< of the function that was called, for errors

  static constexpr OpInfo info{
      .name = "pad_axis",
      .formula = "y = x, continued at both ends of an axis by its elements",
      .gradient = "dL/dx = g added up where the elements came from",
      .accuracy = "exact",
      .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    const std::int64_t n = x[0].size(axis);
    detail::check_padding(n, before, after, mode, name);
    return {x[0].shape().with(axis, n + before + after), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::copy_padded(x[0], axis, before, mode, y); }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, fold_padding(call.gradient(), axis, before, after, mode));
  }
  static std::vector<Sample> samples() {
    return {{"reflected columns",
             {sample_tensor({2, 3})},
             [](std::span<const Tensor> x) { return pad_axis(x[0], 1, 1, 2, PadMode::reflect); }},
            {"repeated ends of a middle axis",
             {sample_tensor({2, 2, 3})},
             [](std::span<const Tensor> x) { return pad_axis(x[0], 1, 3, 1, PadMode::replicate); }},
            {"rows of a transposed view go round",
             {sample_tensor({2, 3}).transpose()},
             [](std::span<const Tensor> x) { return pad_axis(x[0], 0, 3, 1, PadMode::circular); }},
            {"no elements", {sample_tensor({2, 0})}, [](std::span<const Tensor> x) {
               return pad_axis(x[0], 0, 1, 1, PadMode::circular);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    const auto refused = [](std::int64_t front, std::int64_t back, PadMode by) {
      return [=] { static_cast<void>(pad_axis(zeros({3}), 0, front, back, by)); };
    };
    return {{"reflected more than once", refused(3, 0, PadMode::reflect),
             "[pad_axis] does not fit: got {3, 0} for 3 elements, need 0 or more, at most 2"},
            {"round more than once", refused(0, 4, PadMode::circular),
             "[pad_axis] does not fit: got {0, 4} for 3 elements, need 0 or more, at most 3"},
            {"cut off", refused(-1, 0, PadMode::replicate),
             "[pad_axis] does not fit: got {-1, 0} for 3 elements, need 0 or more"},
            {"nothing to repeat",
             [] { static_cast<void>(pad_axis(zeros({0}), 0, 1, 0, PadMode::replicate)); },
             "[pad_axis] does not fit: got {1, 0} for 0 elements, need 0 or more, at most 0"}};
  }
};
}  // namespace op

namespace detail {
/// pad_axis, by the name of a function that errors name.
[[nodiscard]] inline Tensor pad_axis_by_name(const Tensor& x, int axis, Padding width, PadMode mode,
                                             const char* name) {
  op::PadAxis op{};
  op.axis = normal_axis(axis, defined(x, name).rank(), name);
  op.mode = mode;
  op.before = width.before;
  op.after = width.after;
  op.name = name;
  return record_structured(op, x);
}
}  // namespace detail

/// What pad() does along one axis in the other modes than constant.
/// Errors    ShapeError if there is no such axis, or fewer elements than the mode needs
[[nodiscard]] inline Tensor pad_axis(const Tensor& x, int axis, std::int64_t before,
                                     std::int64_t after, PadMode mode) {
  return detail::pad_axis_by_name(x, axis, {before, after}, mode, "pad_axis");
}
}  // namespace nabla

// The two derive each other, so each brings the other along.
#include <nabla/ops/index/fold_padding.hpp>
