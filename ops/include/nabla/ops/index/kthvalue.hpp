// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/pick.hpp>

namespace nabla {
[[nodiscard]] ValuesAndIndices kthvalue(const Tensor& x, std::int64_t k, int axis = -1,
                                        bool keepdim = false);

namespace op {
struct Kthvalue : Pick {
  static constexpr OpInfo info{.name = "kthvalue",
                               .formula = "y = the k-th least x along an axis, counted from 1",
                               .gradient = "dL/dx = g where the element came from, 0 elsewhere",
                               .kinks = "tie: as sort; NaN counts as greatest",
                               .accuracy = "exact",
                               .source = "definition"};
  static Tensor second_along(std::span<const Tensor> x, int axis) {
    return kthvalue(x[0], x[0].rank() == 0 ? 1 : 2, axis).values;
  }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = pick_samples(second_along);
    all.push_back({"keepdim", {sample_tensor({3, 2})}, [](std::span<const Tensor> x) {
                     return kthvalue(x[0], 3, 0, true).values;
                   }});
    return all;
  }
  static std::vector<ErrorCase> errors() {
    return pick_errors(info.name, second_along,
                       {{"counted from 0",
                         [] {
                           static_cast<void>(kthvalue(zeros({2, 3}), 0));
                         },
                         "[kthvalue] got k = 0 along axis 1 of (2, 3), need 1 <= k <= 3"},
                        {"no elements", [] { static_cast<void>(kthvalue(zeros({0}), 1)); },
                         "[kthvalue] no elements: got (0,)"}});
  }
};
}  // namespace op

/// The k-th least element along an axis, counted from 1, and where it stands: what sort has at k - 1.
/// Shapes    x -> x without the axis, or with size 1 there (keepdim)
/// Errors    ShapeError if there is no such axis or it is empty; DomainError unless 1 <= k <= n
/// Cost      n operations a line
[[nodiscard]] inline ValuesAndIndices kthvalue(const Tensor& x, std::int64_t k, int axis,
                                               bool keepdim) {
  return detail::along_axis(x, axis, "kthvalue", [=](const Tensor& lines, int normal) {
    detail::check_not_empty(lines, normal, "kthvalue");
    if (k < 1 || k > lines.size(normal)) {
      throw DomainError("[kthvalue] got k = " + std::to_string(k) + " along axis " +
                        std::to_string(normal) + " of " + to_string(lines.shape()) +
                        ", need 1 <= k <= " + std::to_string(lines.size(normal)));
    }
    return detail::picked<op::Kthvalue>(lines, normal, detail::kth_index(lines, normal, k),
                                        keepdim);
  });
}
}  // namespace nabla
