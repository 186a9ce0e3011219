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

/// x_(k+by) at k along an axis, and 0 where that is beyond an end.
[[nodiscard]] Tensor shifted(const Tensor& x, int axis, int by);
/// The same for the element that comes next (by 1) or came before (by -1) in a scan.
[[nodiscard]] inline Tensor shifted(const Tensor& x, int axis, int by, bool reverse) {
  return shifted(x, axis, reverse ? -by : by);
}

/// As many lines as are walked together: side by side, or one behind another, so that no step waits for
/// the one before.
inline constexpr std::int64_t kScanWidth = 256, kScanLines = 4;

/// Lines that are walked together: `apart` from each other, from the place `first` in steps of `stride`.
/// Their number is a constant where they are few, else an integer of at most kScanWidth.
template <class Width>
struct Walk {
  std::int64_t first, n, stride, apart;
  Width width;

  [[nodiscard]] Walk backward() const { return {place(n - 1, 0), n, -stride, apart, width}; }
  /// The place of element j, in the order of the walk, of line l.
  [[nodiscard]] std::int64_t place(std::int64_t j, std::int64_t l) const {
    return first + j * stride + l * apart;
  }
  /// A state for each line.
  template <class State>
  [[nodiscard]] auto states(const State& start) const {
    std::array<State, kMost> states;
    std::fill_n(states.begin(), static_cast<std::size_t>(width), start);
    return states;
  }
  /// f(l) for each line.
  template <class F>
  void for_each_line(const F& f) const {
    if constexpr (std::is_integral_v<Width>) {
      for (std::int64_t l = 0; l < width; ++l) f(l);
    } else {
      [&]<std::size_t... L>(std::index_sequence<L...>) { (f(static_cast<std::int64_t>(L)), ...); }
      (std::make_index_sequence<kMost>{});
    }
  }
  /// step(state of the line, j, l) for each element of each line.
  template <class States, class Step>
  void run(States& states, const Step& step) const {
    for (std::int64_t j = 0; j < n; ++j)
      for_each_line([&](std::int64_t l) { step(states[static_cast<std::size_t>(l)], j, l); });
  }

 private:
  static constexpr std::size_t kMost = [] {
    if constexpr (std::is_integral_v<Width>)
      return static_cast<std::size_t>(kScanWidth);
    else
      return static_cast<std::size_t>(Width::value);
  }();
};

/// Calls f(walk) for all lines, on several threads where they are many.
template <class F>
void for_each_walk(const kernels::Lines& lines, const F& f) {
  const auto [outer, n, inner] = lines;
  if (outer * n * inner == 0) return;
  const std::int64_t bundles = (inner + kScanWidth - 1) / kScanWidth;
  const auto walk = [=, n = n, inner = inner, &f](std::int64_t from, std::int64_t to) {
    using One = std::integral_constant<std::int64_t, 1>;
    using Few = std::integral_constant<std::int64_t, kScanLines>;
    std::int64_t b = from;
    for (; inner == 1 && b + kScanLines <= to; b += kScanLines) f(Walk<Few>{b * n, n, 1, n, {}});
    for (; b < to; ++b) {
      const std::int64_t column = b % bundles * kScanWidth;
      const std::int64_t width = std::min(kScanWidth, inner - column);
      const std::int64_t first = b / bundles * n * inner + column;
      width == 1 ? f(Walk<One>{first, n, inner, 1, {}})
                 : f(Walk<std::int64_t>{first, n, inner, 1, width});
    }
  };
  if (outer * n * inner < kernels::kLargeLoop) return walk(0, outer * bundles);
  const std::int64_t bundle = n * std::min(kScanWidth, inner);
  kernels::for_each_range(outer * bundles, std::max(kernels::kLoopBlock / bundle, std::int64_t{1}),
                          walk);
}

/// Calls step(state, place, place before) for each element of each line, one after another, or from
/// the last to the first; a line's state begins as `start`. The place before the first is -1.
/// Requires  step does not throw
template <class State, class Step>
void scan(const kernels::Lines& lines, bool reverse, const State& start, const Step& step) {
  for_each_walk(lines, [&](const auto& forward) {
    const auto walk = reverse ? forward.backward() : forward;
    auto states = walk.states(start);
    walk.run(states, [&](State& state, std::int64_t j, std::int64_t l) {
      const std::int64_t at = walk.place(j, l);
      step(state, at, j == 0 ? -1 : at - walk.stride);
    });
  });
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
    using Total = kernels::WrappingTotal<T>;
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
