// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/reduction/var.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/sqrt.hpp>

namespace nabla {
[[nodiscard]] Tensor std(const Tensor& x, const Axes& axes = {}, int correction = 1,
                         bool keepdim = false);

namespace op {
struct Std : Reduction {
  int correction;

  static constexpr OpInfo info{
      .name = "std",
      .formula = "y = sqrt (sum (x - mean)^2 / (n - correction))",
      .gradient = "dL/dx = g (x - mean) / ((n - correction) y)",
      .kinks =
          "all x equal: gradient 0; n <= correction: NaN, value and gradient (a NanGuard names it)",
      .accuracy = "two passes: no cancellation at a large mean",
      .source = "minimum-norm subgradient"};
  static constexpr std::uint32_t saves = 1 | kSavesOutput;  // x
  Result shape(Inputs x) const { return floating_result(x[0], info.name); }
  void forward(Inputs x, Tensor& y) const {
    const double freedom = detail::degrees_of_freedom(count_in(x[0].shape()), correction);
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      std::ranges::transform(
          detail::squared_deviations<T>(x[0], *this), elements<T>(y),
          [&](double total) { return static_cast<T>(std::sqrt(total / freedom)); });
    });
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    const double freedom = detail::degrees_of_freedom(count_in(x.shape()), correction);
    // Where y is 0 nothing goes on, and dividing by 1 keeps NaN out of that.
    const Tensor y = call.output(), is_zero = y == 0;
    const Tensor arriving = where(is_zero, 0.0, call.gradient());
    if (!call.create_graph())
      return call.add(0, detail::scaled_deviations(x, *this, arriving, slopes_at(y, freedom)));
    const Tensor divisor = where(is_zero, 1.0, y) * freedom;
    const Tensor slope = detail::deviations(x, *this) / stretch(divisor, x.shape());
    call.add(0, record(Chain{}, stretch(arriving, x.shape()), slope));
  }
  template <class X>
  static auto of(const X& x) {
    return std(x);
  }
  static Tensor over(std::span<const Tensor> x, const Axes& axes, int correction, bool keepdim) {
    return nabla::std(x[0], axes, correction, keepdim);
  }
  static Tensor of_sample(std::span<const Tensor> x, const Axes& axes, bool keepdim) {
    return nabla::std(x[0], axes, 1, keepdim);
  }
  static std::vector<Sample> samples() { return detail::spread_samples(over); }
  static std::vector<ErrorCase> errors() {
    return reduction_errors(info.name, of_sample,
                            {{"integers", [] { static_cast<void>(nabla::std(arange(3))); },
                              "[std] got int64, need float32 or float64"}});
  }

 private:
  [[nodiscard]] static detail::Totals<double> slopes_at(const Tensor& y, double freedom) {
    detail::Totals<double> slopes(static_cast<std::size_t>(y.numel()));
    visit_floating(y.dtype(), [&](auto zero) {
      std::ranges::transform(
          std::span(elements<decltype(zero)>(y), slopes.size()), slopes.begin(),
          [freedom](auto number) { return 1.0 / (freedom * static_cast<double>(number)); });
    });
    return slopes;
  }
};
}  // namespace op

/// The standard deviation of the elements over axes, the square root of var. Write nabla::std where
/// all of nabla is in scope: the name alone is also that of the namespace.
/// Shapes    x -> x without the axes (all of them by default), or with size 1 there (keepdim)
/// Errors    DTypeError on integers
[[nodiscard]] inline Tensor std(const Tensor& x, const Axes& axes, int correction, bool keepdim) {
  auto op = reduction_over<op::Std>(x, axes, keepdim);
  op.correction = correction;
  return record_structured(op, x);
}

/// The standard deviation of a list of numbers, as of a tensor.
template <ScalarList X>
[[nodiscard]] NumberOf<X> std(const X& x, int correction = 1) {
  using std::sqrt;
  const NumberOf<X> variance = var(x, correction);
  if (detail::plain(variance) == 0) return NumberOf<X>(0.0);
  return sqrt(variance);
}
}  // namespace nabla
