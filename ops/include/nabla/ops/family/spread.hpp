// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

#include <nabla/kernels/unit.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/reduction.hpp>

// What var and std have in common: deviations from a mean, and the sum of their squares, wherever these
// can be represented though the squares cannot.

namespace nabla::detail {

/// n - correction, by which the sum of squared deviations is divided: NaN unless it is positive.
[[nodiscard]] inline double degrees_of_freedom(std::int64_t n, int correction) {
  return n > correction ? static_cast<double>(n - correction)
                        : std::numeric_limits<double>::quiet_NaN();
}

/// The sum of (x - mean)^2 of some numbers: total unit^2.
struct SquaredDeviations {
  double total, unit = 1;
};
/// That of n numbers, one each `step`, whose squares or sums leave the range of double.
[[nodiscard]] SquaredDeviations squared_deviations_in_units(const double* x, std::int64_t n,
                                                            std::int64_t step);

/// y = f(the squared deviations over the reduced axes). The means come first, so that nothing is lost
/// where they are large.
template <class T, class F>
void spread_along(const Tensor& x, const Reduction& reduction, Tensor& y, const F& f) {
  T* out = elements<T>(y);
  if (x.numel() == 0) {
    std::fill_n(out, y.numel(), static_cast<T>(f({0})));
    return;
  }
  const DenseLines dense = dense_lines(x, reduction.mask);
  const T* const all = elements<T>(dense.elements);
  const auto along_some = [&](const kernels::Lines& lines, std::int64_t at, std::int64_t first) {
    const T* const from = all + at;
    Totals<double> totals(static_cast<std::size_t>(lines.outer * lines.inner));
    kernels::squared_deviations(lines, from, totals.data());
    for (std::size_t i = 0; i < totals.size(); ++i) {
      SquaredDeviations squares{totals[i]};
      if constexpr (std::is_same_v<T, float>) {  // whose squares fit into double
        if (!std::isfinite(squares.total)) squares.total = std::numeric_limits<double>::quiet_NaN();
      } else {
        if (!kernels::fits(squares.total)) {
          const auto [outer, n, inner] = lines;
          const auto line = static_cast<std::int64_t>(i);
          const double* const start = from + line / inner * n * inner + line % inner;
          squares = squared_deviations_in_units(start, n, inner);
        }
      }
      out[first + static_cast<std::int64_t>(i)] = static_cast<T>(f(squares));
    }
  };
  kernels::for_some_lines(dense.lines, along_some);
}

/// g slope (x - mean), with a slope for each g: the gradient of x in a sweep that is not recorded.
[[nodiscard]] Tensor scaled_deviations(const Tensor& x, const Reduction& reduction, const Tensor& g,
                                       const Totals<double>& slopes);

/// x - mean over the axes of the reduction. With an infinite element all are NaN.
[[nodiscard]] Tensor deviations(const Tensor& x, const Reduction& reduction);

/// Samples for var and std: those of a reduction, with another correction too.
[[nodiscard]] std::vector<Sample> spread_samples(
    const std::function<Tensor(std::span<const Tensor>, const Axes&, int, bool)>& call);

/// The same of a list. The unit of its spread is 1 unless squares of deviations leave the range.
template <ScalarList X>
[[nodiscard]] auto unit_of_spread(const X& x) {
  using std::abs, std::isfinite;
  using Plain = decltype(plain(*std::ranges::begin(x)));
  const NumberOf<X>& origin = *std::ranges::data(x);
  const NumberOf<X>* farthest = &origin;
  Plain size = 0;
  for (const auto& element : x) {
    if (!isfinite(element)) return Plain(1);
    size = std::max(size, std::abs(plain(element)));
    if (abs(element - origin) > abs(*farthest - origin)) farthest = &element;
  }
  const auto distance = *farthest - origin;
  return distance == 0.0 || kernels::fits_in<Plain>(distance * distance) ? Plain(1)
                                                                         : kernels::unit_of(size);
}
template <ScalarList X>
[[nodiscard]] auto deviations(const X& x) {
  const NumberOf<X> origin(stop_gradient(*std::ranges::data(x)));
  const NumberOf<X> shift = sum_of(x, [&](const auto& element) { return element - origin; }) /
                            static_cast<double>(std::ranges::size(x));
  std::vector<NumberOf<X>> all;
  for (const auto& element : x) all.push_back(NumberOf<X>((element - origin) - shift));
  return all;
}

/// The sum of the squared deviations of a list, unless it leaves the range of the numbers. All that is
/// asked is whether it does.
/// Requires  at least one element
template <ScalarList X>
[[nodiscard]] std::optional<NumberOf<X>> squared_deviations_in_range(const X& x) {
  const auto origin = plain(*std::ranges::data(x));
  using Plain = std::remove_const_t<decltype(origin)>;
  Plain shift = 0, total = 0;
  for (const auto& element : x) shift += plain(element) - origin;
  shift /= static_cast<Plain>(std::ranges::size(x));
  for (const auto& element : x) {
    const Plain deviation = (plain(element) - origin) - shift;
    total += deviation * deviation;
  }
  if (!kernels::fits(total)) return std::nullopt;
  const NumberOf<X> sum = sum_of(deviations(x), [](const auto& d) { return d * d; });
  if (!kernels::fits_in<Plain>(sum)) return std::nullopt;
  return sum;
}

}  // namespace nabla::detail
