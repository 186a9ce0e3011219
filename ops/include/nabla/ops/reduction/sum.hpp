// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/compare.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/reduction.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
[[nodiscard]] Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

namespace op {
struct Sum : Reduction {
  static constexpr OpInfo info{
      .name = "sum",
      .formula = "y = sum of x",
      .gradient = "dL/dx = g, repeated",
      .kinks = "",
      .accuracy = "terms summed in double: error <= n 2^-53 sum of |terms|, and one rounding",
      .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    const DType dtype = x[0].dtype();
    return {left_of(x[0].shape()), dtype == boolean ? int64 : dtype};
  }
  void forward(Inputs x, Tensor& y) const {
    visit_dtype(x[0].dtype(), [&](auto zero) {
      using T = decltype(zero);
      visit_dtype(y.dtype(), [&](auto into) {
        using Y = decltype(into);
        detail::put_sums<T>(x[0], *this, elements<Y>(y),
                            [](auto total) { return static_cast<Y>(total); });
      });
    });
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, spread(call, 1.0));
  }
  static Tensor over(std::span<const Tensor> x, const Axes& axes, bool keepdim) {
    return sum(x[0], axes, keepdim);
  }
  template <class X>
  static auto of(const X& x) {
    return sum(x);
  }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = reduction_samples(over);
    all.push_back({"lines without elements",
                   {sample_tensor({2, 0})},
                   [](std::span<const Tensor> x) { return sum(x[0], 1); }});
    return all;
  }
  static std::vector<ErrorCase> errors() { return reduction_errors(info.name, over); }
};
}  // namespace op

/// The sum of the elements over axes. Integers add up as int64; float32 accumulates in double.
/// Accuracy  each sum is within (n / 8 + 4) eps64 of its terms' magnitude, then rounded once
/// Shapes    x -> x without the axes (all of them by default), or with size 1 there (keepdim)
[[nodiscard]] inline Tensor sum(const Tensor& x, const Axes& axes, bool keepdim) {
  return record_structured(reduction_over<op::Sum>(x, axes, keepdim), x);
}
inline Tensor Tensor::sum(const Axes& axes, bool keepdim) const {
  return nabla::sum(*this, axes, keepdim);
}
/// The sum of the elements over axes that are not NaN; those that are have gradient 0.
/// Shapes    as sum
[[nodiscard]] inline Tensor nansum(const Tensor& x, const Axes& axes = {}, bool keepdim = false) {
  static_cast<void>(axes.mask(detail::defined(x, "nansum").rank(), "nansum"));
  return sum(where(isnan(x), 0, x), axes, keepdim);
}

/// The sum of a list of numbers, 0 if there are none.
template <ScalarList X>
[[nodiscard]] NumberOf<X> sum(const X& x) {
  return detail::sum_of(
      x, [](const auto& element) -> const auto& { return element; });
}
}  // namespace nabla
