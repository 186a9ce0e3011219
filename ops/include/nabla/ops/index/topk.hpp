// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/pick.hpp>

namespace nabla {
[[nodiscard]] ValuesAndIndices topk(const Tensor& x, std::int64_t k, int axis = -1,
                                    bool largest = true, bool sorted = true);

namespace op {
struct Topk : Pick {
  static constexpr OpInfo info{.name = "topk",
                               .formula = "y = the k greatest x along an axis",
                               .gradient = "dL/dx = g where the elements came from, 0 elsewhere",
                               .kinks = "tie: the first; NaN counts as greatest",
                               .accuracy = "exact",
                               .source = "definition"};
  static Tensor two_along(std::span<const Tensor> x, int axis) {
    return topk(x[0], x[0].rank() == 0 ? 1 : 2, axis).values;
  }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = pick_samples(two_along);
    all.push_back({"least, in any order", {sample_tensor({2, 5})}, [](std::span<const Tensor> x) {
                     return topk(x[0], 3, 1, false, false).values;
                   }});
    all.push_back({"none", {sample_tensor({2, 3})}, [](std::span<const Tensor> x) {
                     return topk(x[0], 0, 1).values;
                   }});
    return all;
  }
  static std::vector<ErrorCase> errors() {
    return pick_errors(info.name, two_along,
                       {{"more than there are",
                         [] {
                           static_cast<void>(topk(zeros({2, 3}), 4));
                         },
                         "[topk] got k = 4 along axis 1 of (2, 3), need 0 <= k <= 3"}});
  }
};
}  // namespace op

/// The k greatest (or least) elements along an axis, and where they stand: the best first if
/// `sorted`, else in an order that is not specified. Of equal elements the first are taken; NaN counts
/// as greatest.
/// Shapes    x -> x with size k at the axis
/// Errors    ShapeError if there is no such axis; DomainError unless 0 <= k <= n
/// Cost      n + k log k comparisons a line
[[nodiscard]] inline ValuesAndIndices topk(const Tensor& x, std::int64_t k, int axis, bool largest,
                                           bool sorted) {
  return detail::along_axis(x, axis, "topk", [=](const Tensor& lines, int normal) {
    if (k < 0 || k > lines.size(normal)) {
      throw DomainError("[topk] got k = " + std::to_string(k) + " along axis " +
                        std::to_string(normal) + " of " + to_string(lines.shape()) +
                        ", need 0 <= k <= " + std::to_string(lines.size(normal)));
    }
    return detail::picked<op::Topk>(lines, normal,
                                    detail::top_index(lines, normal, k, largest, sorted));
  });
}
}  // namespace nabla
