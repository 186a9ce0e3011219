// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/scan.hpp>
#include <nabla/ops/view/to.hpp>

namespace nabla {
[[nodiscard]] Tensor cumsum(const Tensor& x, int axis, bool reverse = false);

namespace op {
struct Cumsum : Structured {
  int axis;
  bool reverse;

  static constexpr OpInfo info{.name = "cumsum",
                               .formula = "y_k = x_0 + ... + x_k along an axis",
                               .gradient = "dL/dx_k = g_k + ... + g_(n-1)",
                               .accuracy = "k roundings for element k, in double",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const { return {x[0].shape(), x[0].dtype()}; }
  void forward(Inputs x, Tensor& y) const {
    detail::accumulate(x[0], axis, reverse, false, 0, std::plus<>{}, y);
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, cumsum(call.gradient(), axis, !reverse));
  }
  static Tensor along(std::span<const Tensor> x, int axis) { return cumsum(x[0], axis); }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = scan_samples(along);
    all.push_back({"reverse", {sample_tensor({3, 2})}, [](std::span<const Tensor> x) {
                     return cumsum(x[0], 0, true);
                   }});
    return all;
  }
  static std::vector<ErrorCase> errors() {
    return {{"no such axis", [] { static_cast<void>(cumsum(zeros({2}), 1)); },
             "[cumsum] no such axis: got 1"}};
  }
};
}  // namespace op

/// The sums of the elements up to each one along an axis, or from each one on (`reverse`). Booleans
/// count as int64; float32 accumulates in double.
/// Shapes    unchanged
/// Errors    ShapeError if there is no such axis
/// Cost      one pass
[[nodiscard]] inline Tensor cumsum(const Tensor& x, int axis, bool reverse) {
  return detail::along_axis(x, axis, "cumsum", [&](const Tensor& lines, int normal) {
    op::Cumsum op;
    op.axis = normal;
    op.reverse = reverse;
    return record_structured(op, lines.dtype() == boolean ? to(lines, int64) : lines);
  });
}
}  // namespace nabla
