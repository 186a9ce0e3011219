// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/argmax.hpp>
#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/pick.hpp>
#include <nabla/ops/family/reduction.hpp>
#include <nabla/ops/index/gather.hpp>
#include <nabla/ops/view/reshape.hpp>

namespace nabla {
[[nodiscard]] Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

namespace op {
struct Min : Reduction {
  static constexpr OpInfo info{
      .name = "min",
      .formula = "y = smallest x",
      .gradient = "dL/dx = g where x is the smallest, shared evenly at a tie",
      .kinks = "tie: g / (number of ties) to each; NaN in x: y = NaN, gradient 0",
      .accuracy = "exact",
      .source = "minimum-norm subgradient"};
  static constexpr std::uint32_t saves = kSavesEverything;
  Result shape(Inputs x) const { return nonempty_result(x[0], info.name); }
  void forward(Inputs x, Tensor& y) const {
    visit_dtype(x[0].dtype(), [&](auto zero) {
      using T = decltype(zero);
      detail::put_extremes<T>(x[0], *this, elements<T>(y),
                              [](const auto&... arguments) { kernels::least(arguments...); });
    });
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, shared_at_ties(call, *this));
  }
  static Tensor over(std::span<const Tensor> x, const Axes& axes, bool keepdim) {
    return min(x[0], axes, keepdim);
  }
  template <class X>
  static auto of(const X& x) {
    return min(x);
  }
  static std::vector<Sample> samples() { return extreme_samples(over); }
  static std::vector<ErrorCase> errors() {
    return reduction_errors(
        info.name, over,
        {{"no elements", [] { static_cast<void>(min(zeros({0}))); },
          "[min] no elements: got (0,), need at least one along the reduced axes"}});
  }
};
}  // namespace op

/// The smallest element over axes. NaN wins.
/// Errors    ShapeError if there are no elements
/// Shapes    x -> x without the axes (all of them by default), or with size 1 there (keepdim)
[[nodiscard]] inline Tensor min(const Tensor& x, const Axes& axes, bool keepdim) {
  return record_structured(reduction_over<op::Min>(x, axes, keepdim), x);
}
inline Tensor Tensor::min(const Axes& axes, bool keepdim) const {
  return nabla::min(*this, axes, keepdim);
}
/// Another name for min, as in PyTorch.
[[nodiscard]] inline Tensor amin(const Tensor& x, const Axes& axes = {}, bool keepdim = false) {
  const auto op = reduction_over<op::Min>(x, axes, keepdim, "amin");
  static_cast<void>(op.nonempty_result(x, "amin"));
  return record_structured(op, x);
}

/// The least element along an axis and where it stands. NaN wins. At a tie it is the first one, and
/// that has the whole gradient.
/// Shapes    x -> x without the axis, or with size 1 there (keepdim)
/// Errors    ShapeError if there is no such axis or it is empty
[[nodiscard]] inline ValuesAndIndices min_with_index(const Tensor& x, int axis,
                                                     bool keepdim = false) {
  return detail::along_axis(x, axis, "min_with_index", [=](const Tensor& lines, int normal) {
    detail::check_not_empty(lines, normal, "min_with_index");
    return detail::picked<op::Gather>(lines, normal, argmin(lines, normal, true), keepdim);
  });
}

/// The least of a list of numbers. NaN wins.
/// Errors    ShapeError if there are none
template <ScalarList X>
[[nodiscard]] NumberOf<X> min(const X& x) {
  const auto before = [](const auto& a, const auto& b) { return a < b; };
  return detail::average_of_ties(x, detail::first_of(x, "min", before));
}
}  // namespace nabla
