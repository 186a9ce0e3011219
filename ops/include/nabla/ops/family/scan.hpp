// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/parallel.hpp>
#include <nabla/ops/family/lines.hpp>
#include <nabla/ops/family/structured.hpp>

// What cumulative ops have in common: a pass along each line of an axis, in one direction or the
// other, with a state that goes from element to element. Lines side by side are walked together, row
// by row, so that memory is read in its order.

namespace nabla {

/// Samples for a cumulative op: those of an op along an axis (with moderate numbers), and one with
/// zeros, of which a line has none, one, two.
[[nodiscard]] std::vector<Sample> scan_samples(
    const std::function<Tensor(std::span<const Tensor>, int)>& call);

namespace detail {

/// Float32 accumulates in double, integers in int64.
template <class T>
using Accumulator = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;

/// x_(k+by) at k along an axis, and 0 where that is beyond an end.
[[nodiscard]] Tensor shifted(const Tensor& x, int axis, int by);
/// The same for the element that comes next (by 1) or came before (by -1) in a scan.
[[nodiscard]] inline Tensor shifted(const Tensor& x, int axis, int by, bool reverse) {
  return shifted(x, axis, reverse ? -by : by);
}

/// As many lines as are walked together: side by side, or one behind another, so that no step waits for
/// the one before.
inline constexpr std::int64_t kScanWidth = 256, kScanLines = 4;

/// The walk along lines that begin n apart, or along `width` of them side by side: from the place `first`
/// in steps of `stride`.
/// Requires  n > 0, width <= kScanWidth
template <class State, class Step, std::size_t... L>
void scan_lines(std::index_sequence<L...>, std::int64_t first, std::int64_t n, std::int64_t stride,
                const State& start, const Step& step) {
  std::array<State, sizeof...(L)> states;
  states.fill(start);
  for (std::int64_t j = 0; j < n; ++j) {
    const std::array<std::int64_t, sizeof...(L)> at{
        (first + static_cast<std::int64_t>(L) * n + j * stride)...};
    (step(states[L], at[L], j == 0 ? -1 : at[L] - stride), ...);
  }
}
template <class State, class Step>
void scan_bundle(std::int64_t first, std::int64_t n, std::int64_t stride, std::int64_t width,
                 const State& start, const Step& step) {
  std::array<State, static_cast<std::size_t>(kScanWidth)> states;
  std::fill_n(states.begin(), width, start);
  for (std::int64_t j = 0; j < n; ++j) {
    const std::int64_t row = first + j * stride;
    for (std::int64_t l = 0; l < width; ++l)
      step(states[static_cast<std::size_t>(l)], row + l, j == 0 ? -1 : row + l - stride);
  }
}

/// Calls step(state, place, place before) for each element of each line, one after another, or from
/// the last to the first; a line's state begins as `start`. The place before the first is -1.
/// Requires  step does not throw
template <class State, class Step>
void scan(const kernels::Lines& lines, bool reverse, const State& start, const Step& step) {
  const auto [outer, n, inner] = lines;
  if (outer * n * inner == 0) return;
  const std::int64_t bundles = (inner + kScanWidth - 1) / kScanWidth;
  const std::int64_t stride = reverse ? -inner : inner;
  const std::int64_t begin = reverse ? (n - 1) * inner : 0;
  const auto walk = [=, n = n, inner = inner, &step](std::int64_t from, std::int64_t to) {
    std::int64_t b = from;
    for (; inner == 1 && b + kScanLines <= to; b += kScanLines)
      scan_lines(std::make_index_sequence<kScanLines>{}, b * n + begin, n, stride, start, step);
    for (; b < to; ++b) {
      const std::int64_t column = b % bundles * kScanWidth;
      const std::int64_t width = std::min(kScanWidth, inner - column);
      const std::int64_t first = b / bundles * n * inner + column + begin;
      width == 1 ? scan_lines(std::index_sequence<0>{}, first, n, stride, start, step)
                 : scan_bundle(first, n, stride, width, start, step);
    }
  };
  if (outer * n * inner < kernels::kLargeLoop) return walk(0, outer * bundles);
  const std::int64_t bundle = n * std::min(kScanWidth, inner);
  kernels::for_each_range(outer * bundles, std::max(kernels::kLoopBlock / bundle, std::int64_t{1}),
                          walk);
}

/// y_k = x_0 joined with x_1, ..., x_k along an axis; without x_k if `exclusive`, and then y_0 is
/// `start`.
template <class Join>
void accumulate(const Tensor& x, int axis, bool reverse, bool exclusive, int start,
                const Join& join, Tensor& y) {
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  visit_dtype(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    using Total = Accumulator<T>;
    const T* from = elements<T>(dense);
    T* to = elements<T>(y);
    const kernels::Lines lines = lines_along(y.shape(), axis);
    if (exclusive) {
      scan(lines, reverse, Total(start), [=](Total& total, std::int64_t at, std::int64_t) {
        to[at] = static_cast<T>(total);
        total = join(total, static_cast<Total>(from[at]));
      });
    } else {
      scan(lines, reverse, Total(start), [=](Total& total, std::int64_t at, std::int64_t) {
        total = join(total, static_cast<Total>(from[at]));
        to[at] = static_cast<T>(total);
      });
    }
  });
}

}  // namespace detail
}  // namespace nabla
