// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <limits>

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/line_gradients.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/fold.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/reduction.hpp>
#include <nabla/ops/reduction/mean.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/slice.hpp>

namespace nabla {
[[nodiscard]] Tensor var(const Tensor& x, const Axes& axes = {}, int correction = 1,
                         bool keepdim = false);

namespace detail {

/// n - correction, by which the sum of squared deviations is divided: NaN unless it is positive.
[[nodiscard]] inline double degrees_of_freedom(std::int64_t n, int correction) {
  return n > correction ? static_cast<double>(n - correction)
                        : std::numeric_limits<double>::quiet_NaN();
}

/// The means of lines, measured from the first element of each: exact where all are equal, so that
/// their deviation is 0 and not a rounding.
/// Requires  at least one element
template <class T>
[[nodiscard]] Totals<double> line_means(const kernels::Lines& lines, const T* x) {
  const auto [outer, n, inner] = lines;
  Totals<double> means(static_cast<std::size_t>(outer * inner)), shifts(means.size());
  for (std::int64_t o = 0; o < outer; ++o)
    std::copy_n(x + o * n * inner, inner, means.begin() + o * inner);
  kernels::sum_of_differences(lines, x, means.data(), shifts.data());
  for (std::size_t i = 0; i < means.size(); ++i) means[i] += shifts[i] / static_cast<double>(n);
  return means;
}

/// The sums of (x - mean)^2 over the reduced axes. The means come first, so that nothing is lost where
/// they are large.
template <class T>
[[nodiscard]] Totals<double> squared_deviations(const Tensor& x, const Reduction& reduction) {
  Totals<double> totals(static_cast<std::size_t>(reduction.left_of(x.shape()).numel()));
  if (x.numel() == 0) return totals;
  const DenseLines dense = dense_lines(x, reduction.mask);
  const T* from = elements<T>(dense.elements);
  const Totals<double> means = line_means(dense.lines, from);
  kernels::sum_of_squares(dense.lines, from, means.data(), totals.data());
  return totals;
}

/// g slope (x - mean), with a slope for each g: the gradient of x in a sweep that is not recorded.
[[nodiscard]] inline Tensor scaled_deviations(const Tensor& x, const Reduction& reduction,
                                              const Tensor& g, const Totals<double>& slopes) {
  return gradient_along_lines(
      x, reduction.mask, g,
      [&](const kernels::Lines& lines, const auto* from, const auto* arriving, auto* to) {
        const Totals<double> means = line_means(lines, from);
        kernels::scaled_differences(lines, from, means.data(), slopes.data(), arriving, to);
      });
}

/// x - mean over the axes of the reduction.
[[nodiscard]] inline Tensor deviations(const Tensor& x, const Reduction& reduction) {
  op::Mean mean{};
  mean.mask = reduction.mask;
  mean.keepdim = true;
  return x - record_structured(mean, x);
}

/// Samples for var and std: those of a reduction, with another correction too.
[[nodiscard]] inline std::vector<Sample> spread_samples(
    const std::function<Tensor(std::span<const Tensor>, const Axes&, int, bool)>& call) {
  std::vector<Sample> all =
      reduction_samples([call](std::span<const Tensor> x, const Axes& axes, bool keepdim) {
        return call(x, axes, 0, keepdim);
      });
  all.pop_back();  // the deviation of a single number is 0, a kink of std
  const auto rows = [call](std::span<const Tensor> x) { return call(x, 1, 1, false); };
  all.push_back({"correction 1", {sample_tensor({2, 3})}, rows});
  all.push_back({"far from 0", {sample_tensor({2, 4}, 1000, 1001)}, rows});
  all.push_back({"a constant row", {full({1, 3}, 0.5, float64)}, rows, false});
  all.push_back({"no lines", {sample_tensor({0, 3})}, rows});
  return all;
}

}  // namespace detail

namespace op {
struct Var : Reduction {
  int correction;

  static constexpr OpInfo info{
      .name = "var",
      .formula = "y = sum (x - mean)^2 / (n - correction)",
      .gradient = "dL/dx = g 2 (x - mean) / (n - correction)",
      .kinks = "n <= correction: NaN, value and gradient (a NanGuard names it)",
      .accuracy = "two passes: no cancellation at a large mean",
      .source = "Chan, Golub & LeVeque 1983, Am. Stat. 37(3)"};
  static constexpr std::uint32_t saves = 1;  // x
  Result shape(Inputs x) const { return floating_result(x[0], info.name); }
  void forward(Inputs x, Tensor& y) const {
    const double freedom = detail::degrees_of_freedom(count_in(x[0].shape()), correction);
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      std::ranges::transform(detail::squared_deviations<T>(x[0], *this), elements<T>(y),
                             [&](double total) { return static_cast<T>(total / freedom); });
    });
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    const double freedom = detail::degrees_of_freedom(count_in(x.shape()), correction);
    if (!call.create_graph()) {
      const auto lines = static_cast<std::size_t>(call.gradient().numel());
      const detail::Totals<double> slopes(lines, 2.0 / freedom);
      return call.add(0, detail::scaled_deviations(x, *this, call.gradient(), slopes));
    }
    const Tensor g = record(Chain{}, call.gradient(), 2.0 / freedom);
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
  const auto origin = detail::plain(*std::ranges::begin(x));
  const NumberOf<X> shift =
      detail::sum_of(x, [&](const auto& element) { return element - origin; }) /
      static_cast<double>(n);
  const NumberOf<X> total = detail::sum_of(x, [&](const auto& element) {
    const NumberOf<X> deviation((element - origin) - shift);
    return deviation * deviation;
  });
  return total / detail::degrees_of_freedom(n, correction);
}
}  // namespace nabla
