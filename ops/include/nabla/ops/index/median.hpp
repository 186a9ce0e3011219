// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/pick.hpp>

namespace nabla {
[[nodiscard]] ValuesAndIndices median(const Tensor& x, int axis, bool keepdim = false);
[[nodiscard]] Tensor median(const Tensor& x);

namespace op {
struct Median : Pick {
  static constexpr OpInfo info{
      .name = "median",
      .formula = "y = the middle of x in order along an axis, the lower of two",
      .gradient = "dL/dx = g where the element came from, 0 elsewhere",
      .kinks = "tie: as sort, one element has the whole gradient; NaN wins",
      .accuracy = "exact",
      .source = "definition"};
  static Tensor along(std::span<const Tensor> x, int axis) { return median(x[0], axis).values; }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = pick_samples(along);
    all.push_back({"keepdim", {sample_tensor({3, 2})}, [](std::span<const Tensor> x) {
                     return median(x[0], 0, true).values;
                   }});
    all.push_back({"all elements", {sample_tensor({2, 3})}, [](std::span<const Tensor> x) {
                     return median(x[0]);
                   }});
    all.push_back(
        {"a number", {sample_tensor({})}, [](std::span<const Tensor> x) { return median(x[0]); }});
    return all;
  }
  static std::vector<ErrorCase> errors() {
    return pick_errors(info.name, along,
                       {{"no elements",
                         [] {
                           static_cast<void>(median(zeros({2, 0}), 1));
                         },
                         "[median] no elements: got (2, 0), need at least one along axis 1"}});
  }
};
}  // namespace op

/// The middle of the elements in order along an axis, the lower one of two, and where it stands. NaN
/// wins.
/// Shapes    x -> x without the axis, or with size 1 there (keepdim)
/// Errors    ShapeError if there is no such axis or it is empty
/// Cost      n operations a line
[[nodiscard]] inline ValuesAndIndices median(const Tensor& x, int axis, bool keepdim) {
  return detail::along_axis(x, axis, "median", [=](const Tensor& lines, int normal) {
    detail::check_not_empty(lines, normal, "median");
    return detail::picked<op::Median>(lines, normal, detail::median_index(lines, normal), keepdim);
  });
}
/// The same of all elements: the lower median, which one element has to itself.
/// Errors    ShapeError if there are no elements
/// Shapes    x -> ()
[[nodiscard]] inline Tensor median(const Tensor& x) {
  return median(reshape(detail::defined(x, "median"), {-1}), 0).values;
}
}  // namespace nabla
