// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/reduction.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/view/to.hpp>

namespace nabla {
[[nodiscard]] Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

namespace op {
struct Mean : Reduction {
  static constexpr OpInfo info{
      .name = "mean",
      .formula = "y = sum of x / n",
      .gradient = "dL/dx = g / n, repeated",
      .kinks = "no elements: NaN",
      .accuracy = "terms summed in double: error <= n 2^-53 sum of |terms|, and one rounding",
      .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const { return floating_result(x[0], info.name); }
  void forward(Inputs x, Tensor& y) const {
    const auto count = static_cast<double>(count_in(x[0].shape()));
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* means = elements<T>(y);
      detail::put_sums<T>(x[0], *this, means,
                          [count](double total) { return static_cast<T>(total / count); });
      if (std::all_of(means, means + y.numel(), [](T mean) { return std::isfinite(mean); })) return;
      // A sum that overflows, of numbers so small that it does not.
      const NoGrad no_grad;
      constexpr double kFew = 0x1p-64;
      std::vector<double> again(static_cast<std::size_t>(y.numel()));
      detail::put_sums<T>(x[0] * kFew, *this, again.data(), [](double total) { return total; });
      for (std::size_t i = 0; i < again.size(); ++i)
        if (!std::isfinite(means[i])) means[i] = static_cast<T>(again[i] / count / kFew);
    });
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    call.add(0, spread(call, 1.0 / static_cast<double>(count_in(call.input(0).shape()))));
  }
  static Tensor over(std::span<const Tensor> x, const Axes& axes, bool keepdim) {
    return mean(x[0], axes, keepdim);
  }
  template <class X>
  static auto of(const X& x) {
    return mean(x);
  }
  static std::vector<Sample> samples() { return reduction_samples(over); }
  static std::vector<ErrorCase> errors() {
    return reduction_errors(
        info.name, over,
        {{"integers", [] { static_cast<void>(mean(arange(3))); },
          "[mean] got int64, need float32 or float64; convert with .to(float32)"}});
  }
};
}  // namespace op

/// The mean of the elements over axes.
/// Errors    DTypeError on integers
/// Shapes    x -> x without the axes (all of them by default), or with size 1 there (keepdim)
[[nodiscard]] inline Tensor mean(const Tensor& x, const Axes& axes, bool keepdim) {
  return record_structured(reduction_over<op::Mean>(x, axes, keepdim), x);
}
inline Tensor Tensor::mean(const Axes& axes, bool keepdim) const {
  return nabla::mean(*this, axes, keepdim);
}
/// The mean over axes of the elements that are not NaN; those that are have gradient 0. NaN if there
/// are no others.
/// Errors    DTypeError on integers
/// Shapes    as mean
[[nodiscard]] inline Tensor nanmean(const Tensor& x, const Axes& axes = {}, bool keepdim = false) {
  if (!is_floating(detail::defined(x, "nanmean").dtype())) detail::throw_not_floating(x, "nanmean");
  static_cast<void>(axes.mask(x.rank(), "nanmean"));
  return nansum(x, axes, keepdim) / to(sum(x == x, axes, keepdim), x.dtype());
}

/// The mean of a list of numbers, NaN if there are none.
template <ScalarList X>
[[nodiscard]] NumberOf<X> mean(const X& x) {
  using std::isfinite;
  if (std::ranges::empty(x)) return NumberOf<X>(std::numeric_limits<double>::quiet_NaN());
  const auto n = static_cast<double>(std::ranges::size(x));
  const NumberOf<X> total = sum(x);
  if (isfinite(total)) return total / n;
  return detail::sum_of(x, [n](const auto& element) { return element / n; });
}
}  // namespace nabla
