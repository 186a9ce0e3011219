// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/pick.hpp>

namespace nabla {
[[nodiscard]] ValuesAndIndices mode(const Tensor& x, int axis = -1, bool keepdim = false);

namespace op {
struct Mode : Pick {
  static constexpr OpInfo info{
      .name = "mode",
      .formula = "y = the most frequent x along an axis, the least of several",
      .gradient = "dL/dx = g at its last occurrence, 0 elsewhere",
      .kinks = "tie: one element has the whole gradient; NaN equals nothing",
      .accuracy = "exact",
      .source = "definition"};
  static Tensor along(std::span<const Tensor> x, int axis) { return mode(x[0], axis).values; }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = pick_samples(along);
    all.push_back({"keepdim", {sample_tensor({3, 2})}, [](std::span<const Tensor> x) {
                     return mode(x[0], 0, true).values;
                   }});
    return all;
  }
  static std::vector<ErrorCase> errors() {
    return pick_errors(info.name, along,
                       {{"no elements",
                         [] {
                           static_cast<void>(mode(zeros({2, 0}), 1));
                         },
                         "[mode] no elements: got (2, 0), need at least one along axis 1"}});
  }
};
}  // namespace op

/// The most frequent element along an axis, the least one of several, and where it stands last. NaN
/// equals nothing, so each counts once.
/// Shapes    x -> x without the axis, or with size 1 there (keepdim)
/// Errors    ShapeError if there is no such axis or it is empty
/// Cost      n log n comparisons a line
[[nodiscard]] inline ValuesAndIndices mode(const Tensor& x, int axis, bool keepdim) {
  return detail::along_axis(x, axis, "mode", [=](const Tensor& lines, int normal) {
    detail::check_not_empty(lines, normal, "mode");
    return detail::picked<op::Mode>(lines, normal, detail::mode_index(lines, normal), keepdim);
  });
}
}  // namespace nabla
