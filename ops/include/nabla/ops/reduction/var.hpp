// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/reduction.hpp>
#include <nabla/ops/family/spread.hpp>

namespace nabla {
[[nodiscard]] Tensor var(const Tensor& x, const Axes& axes = {}, int correction = 1,
                         bool keepdim = false);

namespace op {
struct Var : Reduction {
  int correction;

  static constexpr OpInfo info{
      .name = "var",
      .formula = "y = sum (x - mean)^2 / (n - correction)",
      .gradient = "dL/dx = g 2 (x - mean) / (n - correction)",
      .kinks =
          "n <= correction: NaN, value and gradient (a NanGuard names it, the findings of a graph "
          "say why); the same where an x is infinite",
      .accuracy = "two passes: no cancellation at a large mean, no overflow on the way",
      .source = "Chan, Golub & LeVeque 1983, Am. Stat. 37(3)"};
  static constexpr std::uint32_t saves = 1;  // x
  Result shape(Inputs x) const { return floating_result(x[0], info.name); }
  void forward(Inputs x, Tensor& y) const {
    const double freedom = detail::degrees_of_freedom(count_in(x[0].shape()), correction);
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      detail::spread_along<T>(x[0], *this, y, [&](const detail::SquaredDeviations& squares) {
        return squares.total / freedom * squares.unit * squares.unit;
      });
    });
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    const double freedom = detail::degrees_of_freedom(count_in(x.shape()), correction);
    const Tensor g = record(Chain{}, call.gradient(), 2.0 / freedom);
    if (!call.create_graph()) {
      const detail::Totals<double> ones(static_cast<std::size_t>(g.numel()), 1);
      return call.add(0, detail::scaled_deviations(x, *this, g, ones));
    }
    call.add(0, record(Chain{}, stretch(g, x.shape()), detail::deviations(x, *this)));
  }
  template <class X>
  static auto of(const X& x) {
    return var(x);
  }
  static Tensor over(std::span<const Tensor> x, const Axes& axes, int correction, bool keepdim) {
    return var(x[0], axes, correction, keepdim);
  }
  static Tensor of_sample(std::span<const Tensor> x, const Axes& axes, bool keepdim) {
    return var(x[0], axes, 1, keepdim);
  }
  static std::vector<Sample> samples() { return detail::spread_samples(over); }
  static std::vector<ErrorCase> errors() {
    return reduction_errors(info.name, of_sample,
                            {{"integers", [] { static_cast<void>(var(arange(3))); },
                              "[var] got int64, need float32 or float64"}});
  }
};
}  // namespace op

/// The variance of the elements over axes: the squared deviations from their mean, added up and
/// divided by their number less `correction` (1 for a sample, 0 for a population). NaN unless there
/// are more elements than that.
/// Shapes    x -> x without the axes (all of them by default), or with size 1 there (keepdim)
/// Errors    DTypeError on integers
[[nodiscard]] inline Tensor var(const Tensor& x, const Axes& axes, int correction, bool keepdim) {
  auto op = reduction_over<op::Var>(x, axes, keepdim);
  op.correction = correction;
  return record_structured(op, x);
}

/// The variance of a list of numbers, as of a tensor.
template <ScalarList X>
[[nodiscard]] NumberOf<X> var(const X& x, int correction = 1) {
  const auto n = static_cast<std::int64_t>(std::ranges::size(x));
  if (n == 0) return NumberOf<X>(std::numeric_limits<double>::quiet_NaN());
  const double freedom = detail::degrees_of_freedom(n, correction);
  if (const auto squares = detail::squared_deviations_in_range(x)) return *squares / freedom;
  const auto square = [](const auto& deviation) { return deviation * deviation; };
  if (detail::unit_of_spread(x) <= 1)
    return detail::sum_of(detail::deviations(x), square) / freedom;
  // Their sums may overflow where means do not, so each is divided before it is added; and their
  // differences, which are halves there.
  const double share = 1 / static_cast<double>(n);
  const NumberOf<X> origin(
      stop_gradient(detail::sum_of(x, [&](const auto& element) { return element * share; })));
  const NumberOf<X> shift = detail::sum_of(
      x, [&](const auto& element) { return (element * 0.5 - origin * 0.5) * (2 * share); });
  // One of two factors whose deviations add up to 0 may be measured from a mean that is held, and then
  // no slope by the mean is a sum of infinite ones.
  const NumberOf<X> held(stop_gradient(shift));
  return detail::sum_of(x, [&](const auto& element) {
    const NumberOf<X> distance(element - origin);
    return (distance - shift) * ((distance - held) / freedom);
  });
}
}  // namespace nabla
