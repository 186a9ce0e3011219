// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <utility>

#include <nabla/kernels/line_gradients.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/spread.hpp>
#include <nabla/ops/reduction/mean.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla::detail {

SquaredDeviations squared_deviations_in_units(const double* x, std::int64_t n, std::int64_t step) {
  double size = 0;
  bool all_equal = true;
  for (std::int64_t i = 0; i < n; ++i) {
    const double number = x[i * step];
    if (!std::isfinite(number)) return {std::numeric_limits<double>::quiet_NaN()};
    size = std::max(size, std::abs(number));
    all_equal = all_equal && number == x[0];
  }
  if (all_equal) return {0};
  const double unit = kernels::unit_of(size), origin = x[0] / unit;
  double sum = 0, total = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += x[i * step] / unit - origin;
  const double mean = origin + sum / static_cast<double>(n);
  for (std::int64_t i = 0; i < n; ++i) {
    const double deviation = x[i * step] / unit - mean;
    total += deviation * deviation;
  }
  return {total, unit};
}

Tensor scaled_deviations(const Tensor& x, const Reduction& reduction, const Tensor& g,
                         const Totals<double>& slopes) {
  return gradient_along_lines(
      x, reduction.mask, g,
      [&](const kernels::Lines& lines, const auto* from, const auto* arriving, auto* to) {
        kernels::scaled_deviations(lines, from, slopes.data(), arriving, to);
      });
}

Tensor deviations(const Tensor& x, const Reduction& reduction) {
  op::Mean mean{};
  mean.mask = reduction.mask;
  mean.keepdim = true;
  Tensor centre = record_structured(mean, x);
  if (any_element(centre, [](auto number) { return !std::isfinite(number); }))
    centre = where(isfinite(centre), centre, std::numeric_limits<double>::quiet_NaN());
  return x - centre;
}

std::vector<Sample> spread_samples(
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
  return all;
}

}  // namespace nabla::detail
