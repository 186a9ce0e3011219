// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/pick.hpp>

namespace nabla {
[[nodiscard]] ValuesAndIndices cummax(const Tensor& x, int axis);

namespace op {
struct Cummax : RepeatedPick {
  static constexpr OpInfo info{.name = "cummax",
                               .formula = "y_k = greatest of x_0, ..., x_k along an axis",
                               .gradient = "dL/dx = g added up where the elements came from",
                               .kinks = "tie: the latest; NaN beats all that follow",
                               .accuracy = "exact",
                               .source = "definition"};
  static Tensor along(std::span<const Tensor> x, int axis) { return cummax(x[0], axis).values; }
  static std::vector<Sample> samples() { return pick_samples(along); }
  static std::vector<ErrorCase> errors() { return pick_errors(info.name, along); }
};
}  // namespace op

/// The greatest element up to each place along an axis, and where it stands: at a tie the latest. NaN
/// wins, and stays.
/// Shapes    unchanged
/// Errors    ShapeError if there is no such axis
/// Cost      one pass for the indices, one for the values
[[nodiscard]] inline ValuesAndIndices cummax(const Tensor& x, int axis) {
  return detail::along_axis(x, axis, "cummax", [](const Tensor& lines, int normal) {
    return detail::picked<op::Cummax>(lines, normal, detail::running_index(lines, normal, true));
  });
}
}  // namespace nabla
