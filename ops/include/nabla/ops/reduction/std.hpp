// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/spread.hpp>
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
          "all x equal: gradient 0; n <= correction: NaN, value and gradient (a NanGuard names it, "
          "the "
          "findings of a graph say why); the same where an x is infinite",
      .accuracy = "two passes: no cancellation at a large mean, no overflow on the way",
      .source = "minimum-norm subgradient"};
  static constexpr std::uint32_t saves = 1 | kSavesOutput;  // x
  Result shape(Inputs x) const { return floating_result(x[0], info.name); }
  void forward(Inputs x, Tensor& y) const {
    const double freedom = detail::degrees_of_freedom(count_in(x[0].shape()), correction);
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      detail::spread_along<T>(x[0], *this, y, [&](const detail::SquaredDeviations& squares) {
        return std::sqrt(squares.total / freedom) * squares.unit;
      });
    });
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    Tensor x = call.input(0), y = call.output();
    const double freedom = detail::degrees_of_freedom(count_in(x.shape()), correction);
    // The gradient does not depend on the scale of x.
    if (detail::any_element(y, is_far)) {
      x = nearer(x, y);
      y = record_structured(*this, x);
    }
    // Where y is 0 nothing goes on, and dividing by 1 keeps NaN out of that.
    const Tensor is_zero = y == 0;
    const Tensor g = where(is_zero, 0.0, call.gradient());
    if (!call.create_graph())
      return call.add(0, detail::scaled_deviations(x, *this, g, slopes_at(y, freedom)));
    const Tensor arriving = record(Chain{}, g, 1 / freedom);
    const Tensor slope = detail::deviations(x, *this) / stretch(where(is_zero, 1.0, y), x.shape());
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
  // Without all of its digits, without bounds, or so large that deviations might be: one of them is at
  // most as large as y times the root of the number of elements.
  static constexpr auto is_far = [](auto y) {
    using Limits = std::numeric_limits<decltype(y)>;
    return y > Limits::max() * decltype(y)(0x1p-32) || (y > 0 && y < Limits::min());
  };
  // Lines of the same form, whose deviations are not far. Of a tiny one the elements are tiny, too.
  [[nodiscard]] Tensor nearer(const Tensor& x, const Tensor& y) const {
    const double step = x.dtype() == float32 ? 0x1p64 : 0x1p512;
    const Tensor one = ones({}, x.dtype());
    const Tensor small = where(y == 0, one, where(y < 1 / step, one * step, one));
    const Tensor factor = where(y > step, one / step, small);
    return x * stretch(factor, x.shape());
  }
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
  if (!std::ranges::empty(x)) {
    const auto n = static_cast<std::int64_t>(std::ranges::size(x));
    if (const auto squares = detail::squared_deviations_in_range(x))
      return sqrt(*squares / detail::degrees_of_freedom(n, correction));
    const auto unit = detail::unit_of_spread(x);
    if (unit != 1) return unit * nabla::std(detail::in_units(x, unit), correction);
  }
  const NumberOf<X> variance = var(x, correction);
  if (variance == 0.0) return detail::constant_of(x, 0.0);
  return sqrt(variance);
}
}  // namespace nabla
