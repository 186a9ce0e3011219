// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/pick.hpp>

namespace nabla {
[[nodiscard]] ValuesAndIndices sort(const Tensor& x, int axis = -1, bool descending = false);

namespace op {
struct Sort : Pick {
  static constexpr OpInfo info{.name = "sort",
                               .formula = "y = x in ascending order along an axis",
                               .gradient = "dL/dx = g where the elements came from",
                               .kinks = "tie: as they stood; NaN counts as greatest",
                               .accuracy = "exact",
                               .source = "definition"};
  static Tensor along(std::span<const Tensor> x, int axis) { return sort(x[0], axis).values; }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = pick_samples(along);
    all.push_back({"descending", {sample_tensor({3, 2})}, [](std::span<const Tensor> x) {
                     return sort(x[0], 0, true).values;
                   }});
    all.push_back({"lines without elements",
                   {sample_tensor({2, 0})},
                   [](std::span<const Tensor> x) { return sort(x[0], 1).values; }});
    return all;
  }
  static std::vector<ErrorCase> errors() { return pick_errors(info.name, along); }
};
}  // namespace op

/// The elements in ascending or descending order along an axis, and where each stood. Equal elements
/// stay in their order; NaN counts as greatest.
/// Shapes    unchanged
/// Errors    ShapeError if there is no such axis
/// Cost      n log n comparisons a line
[[nodiscard]] inline ValuesAndIndices sort(const Tensor& x, int axis, bool descending) {
  return detail::along_axis(x, axis, "sort", [=](const Tensor& lines, int normal) {
    return detail::picked<op::Sort>(lines, normal, detail::sorted_index(lines, normal, descending));
  });
}

/// The indices that sort gives.
/// Shapes    x -> int64, unchanged
/// Errors    as sort
[[nodiscard]] inline Tensor argsort(const Tensor& x, int axis = -1, bool descending = false) {
  return detail::along_axis(x, axis, "argsort", [=](const Tensor& lines, int normal) {
    return detail::sorted_index(lines, normal, descending);
  });
}
}  // namespace nabla
