// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <nabla/ops/family/shapes.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/index/pad_axis.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor pad(const Tensor& x, std::span<const Padding> widths,
                         PadMode mode = PadMode::constant, double value = 0);
[[nodiscard]] Tensor pad(const Tensor& x, std::initializer_list<Padding> widths,
                         PadMode mode = PadMode::constant, double value = 0);

namespace op {
struct Pad : Structured {
  std::array<Padding, kMaxRank> widths;
  double value;

  static constexpr OpInfo info{.name = "pad",
                               .formula = "y = x with a number all around, or cut off",
                               .gradient = "dL/dx = g without what was added, 0 where cut off",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    Shape shape = x[0].shape();
    for (int axis = 0; axis < x[0].rank(); ++axis) {
      const auto [before, after] = widths[static_cast<std::size_t>(axis)];
      const std::int64_t n = x[0].size(axis);
      detail::check_width(before, info.name);
      detail::check_width(after, info.name);
      if (n + before < 0 || n + after < 0 || n + before + after < 0) {
        throw ShapeError("[pad] cuts off too much: got {" + std::to_string(before) + ", " +
                         std::to_string(after) + "} for axis " + std::to_string(axis) + " of " +
                         to_string(x[0].shape()) + ", need at most " + std::to_string(n));
      }
      shape = shape.with(axis, n + before + after);
    }
    return {shape, x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::copy_framed(x[0], widths, value, y); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    Pad back{};
    for (std::size_t a = 0; a < widths.size(); ++a)
      back.widths[a] = {-widths[a].before, -widths[a].after};
    call.add(0, record_structured(back, call.gradient()));
  }
  static std::vector<Sample> samples();
  static std::vector<ErrorCase> errors();
};
}  // namespace op

/// x with more elements at both ends of each axis, or fewer: a pair an axis, and what comes there by
/// `mode`. `value` is for the constant mode, the only one that takes elements away.
/// Shapes    (n, m) by {{1, 2}, {0, 3}} -> (n + 3, m + 3)
/// Errors    ShapeError unless there is a pair for each axis; if more would be cut off than is there,
///           or reflected than n - 1, or go round than n
[[nodiscard]] inline Tensor pad(const Tensor& x, std::span<const Padding> widths, PadMode mode,
                                double value) {
  const int rank = detail::defined(x, "pad").rank();
  if (widths.size() != static_cast<std::size_t>(rank)) {
    throw ShapeError("[pad] got " + std::to_string(widths.size()) + " pairs for " +
                     to_string(x.shape()) + ", need one for each axis");
  }
  if (mode == PadMode::constant) {
    op::Pad op{};
    std::copy(widths.begin(), widths.end(), op.widths.begin());
    op.value = value;
    return record_structured(op, x);
  }
  Tensor y = x;
  for (int axis = 0; axis < rank; ++axis) {
    const Padding width = widths[static_cast<std::size_t>(axis)];
    if (width.before != 0 || width.after != 0)
      y = detail::pad_axis_by_name(y, axis, width, mode, "pad");
  }
  return y;
}
[[nodiscard]] inline Tensor pad(const Tensor& x, std::initializer_list<Padding> widths,
                                PadMode mode, double value) {
  return pad(x, std::span<const Padding>(widths.begin(), widths.size()), mode, value);
}
/// The same number at both ends of every axis.
[[nodiscard]] inline Tensor pad(const Tensor& x, std::int64_t width,
                                PadMode mode = PadMode::constant, double value = 0) {
  const auto rank = static_cast<std::size_t>(detail::defined(x, "pad").rank());
  const std::vector<Padding> widths(rank, {width, width});
  return pad(x, std::span<const Padding>(widths), mode, value);
}

inline std::vector<Sample> op::Pad::samples() {
  return {
      {"zeros around a matrix",
       {sample_tensor({2, 3})},
       [](std::span<const Tensor> x) { return pad(x[0], 1); }},
      {"ones at some ends of a transposed view",
       {sample_tensor({3, 2}).transpose()},
       [](std::span<const Tensor> x) {
         return pad(x[0], {{0, 2}, {1, 0}}, PadMode::constant, 1);
       }},
      {"cut off at an end of a middle axis, more at the other",
       {sample_tensor({2, 4, 2})},
       [](std::span<const Tensor> x) {
         return pad(x[0], {{0, 0}, {-1, 2}, {0, -1}});
       }},
      {"all cut off",
       {sample_tensor({3})},
       [](std::span<const Tensor> x) {
         return pad(x[0], {{-3, 2}});
       }},
      {"no elements",
       {sample_tensor({0, 2})},
       [](std::span<const Tensor> x) { return pad(x[0], 1); }},
      {"a number", {sample_tensor({})}, [](std::span<const Tensor> x) { return pad(x[0], 2); }}};
}
inline std::vector<ErrorCase> op::Pad::errors() {
  return {{"too few pairs",
           [] {
             static_cast<void>(pad(zeros({2, 3}), {{1, 1}}));
           },
           "[pad] got 1 pairs for (2, 3), need one for each axis"},
          {"more cut off than there is",
           [] {
             static_cast<void>(pad(zeros({2, 3}), {{0, 0}, {-2, -2}}));
           },
           "[pad] cuts off too much: got {-2, -2} for axis 1 of (2, 3), need at most 3"}};
}
}  // namespace nabla
