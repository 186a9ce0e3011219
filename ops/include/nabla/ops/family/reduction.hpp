// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/loop.hpp>
#include <nabla/kernels/memory.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/reshape.hpp>

// What reductions have in common: the axes as a bit mask, the shape they leave, the way back from a
// reduced gradient to the shape of the operand, and the loop over the elements. `of(x)` is the op on
// all elements of a tensor, and on a list of scalars.

namespace nabla {

struct Reduction : Structured {
  std::uint32_t mask;  ///< bit a is set if axis a is reduced
  bool keepdim;        ///< reduced axes stay, with size 1

  /// The shape that is left, with and without the reduced axes as `keepdim` says.
  [[nodiscard]] Shape left_of(const Shape& x) const { return left_of(x, keepdim); }
  [[nodiscard]] Shape left_of(const Shape& x, bool keep) const;
  /// How many elements become one.
  [[nodiscard]] std::int64_t count_in(const Shape& x) const;
  /// A reduced tensor stretched to the shape it came from; a view.
  [[nodiscard]] Tensor stretch(const Tensor& reduced, const Shape& x) const {
    return broadcast_to(reshape(reduced, left_of(x, true)), x);
  }
  /// What a sum of operand 0, times `factor`, contributes: the gradient that arrived, times that, at each
  /// element. A view, but for few elements.
  [[nodiscard]] Tensor spread(const BackwardCall& call, double factor) const;
  /// Errors    DTypeError if x is not floating
  [[nodiscard]] Result floating_result(const Tensor& x, std::string_view op) const;
  /// Errors    also ShapeError if there is nothing to reduce
  [[nodiscard]] Result nonempty_result(const Tensor& x, std::string_view op) const;
};

/// The gradient of max and min: g where the operand is the extreme, in equal shares at a tie.
[[nodiscard]] Tensor shared_at_ties(const BackwardCall& call, const Reduction& reduction);

/// Samples for a reduction of one operand: all axes, one, several, none left, with keepdim.
[[nodiscard]] std::vector<Sample> reduction_samples(
    const std::function<Tensor(std::span<const Tensor>, const Axes&, bool)>& call);
/// The same, and one with ties for the greatest and for the least.
[[nodiscard]] std::vector<Sample> extreme_samples(
    const std::function<Tensor(std::span<const Tensor>, const Axes&, bool)>& call);

/// What a reduction refuses: an axis that is not there or is named twice, and `more` of its own.
[[nodiscard]] std::vector<ErrorCase> reduction_errors(
    std::string_view op,
    const std::function<Tensor(std::span<const Tensor>, const Axes&, bool)>& call,
    std::vector<ErrorCase> more = {});

/// A reduction of type Op over the given axes. Errors name the function.
template <class Op>
[[nodiscard]] Op reduction_over(const Tensor& x, const Axes& axes, bool keepdim,
                                const char* name = Op::info.name.data()) {
  Op op{};
  op.mask = axes.mask(detail::defined(x, name).rank(), name);
  op.keepdim = keepdim;
  return op;
}

namespace detail {

/// What is gathered along lines, one of each.
template <class Total>
using Totals = std::vector<Total, kernels::Allocator<Total>>;

/// True if f holds for an element of a contiguous floating tensor.
template <class F>
[[nodiscard]] bool any_element(const Tensor& x, const F& f) {
  return visit_floating(x.dtype(), [&](auto zero) {
    const auto* from = elements<decltype(zero)>(x);
    return std::any_of(from, from + x.numel(), f);
  });
}

/// How axes in a mask come to stand one behind another: exchanges of an axis with the next. What
/// they then span are lines; the other axes keep their order.
struct LineOrder {
  std::vector<int> swaps;
  kernels::Lines lines;
};
[[nodiscard]] LineOrder line_order(const Shape& shape, std::uint32_t mask);
/// x with these exchanges made, and taken back: views, recorded as such.
[[nodiscard]] Tensor in_line_order(Tensor x, const LineOrder& order);
[[nodiscard]] Tensor out_of_line_order(Tensor x, const LineOrder& order);

/// The elements of `x`, contiguous, in the line order of the axes in `mask`: the lines that are to be
/// reduced.
struct DenseLines {
  Tensor elements;
  kernels::Lines lines;
};
[[nodiscard]] DenseLines dense_lines(const Tensor& x, std::uint32_t mask);

/// The gradient of `x`, by kernel(lines, x, g, dx) on contiguous elements in line order: for a sweep that
/// is not recorded.
template <class Kernel>
[[nodiscard]] Tensor gradient_along_lines(const Tensor& x, std::uint32_t mask, const Tensor& g,
                                          const Kernel& kernel) {
  const NoGrad no_grad;
  const LineOrder order = line_order(x.shape(), mask);
  const Tensor arranged = contiguous(in_line_order(x, order)), arriving = contiguous(g);
  Tensor dx = make_tensor(arranged.shape(), x.dtype());
  if (x.numel() > 0) {
    visit_floating(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      kernel(order.lines, static_cast<const T*>(elements<T>(arranged)),
             static_cast<const T*>(elements<T>(arriving)), elements<T>(dx));
    });
  }
  return out_of_line_order(dx, order);
}

/// Calls f(x row, index of the accumulator, length, step in x, step of the accumulator) for each
/// row of x; an accumulator step of 0 means that the whole row is reduced into one. Accumulators
/// are numbered in the row-major order of the reduced shape.
template <class T, class F>
void reduce_rows(const Tensor& x, const Reduction& reduction, F&& f) {
  const Node& node = *x.node();
  const Shape shape = x.shape();
  const Strides reduced = contiguous_strides(reduction.left_of(shape, true));
  Strides steps{};
  for (int axis = 0; axis < node.rank; ++axis) {
    const bool gone = ((reduction.mask >> axis) & 1u) != 0;
    const auto a = static_cast<std::size_t>(axis);
    steps[a] = gone ? 0 : reduced[a];
  }
  const T* data = reinterpret_cast<const T*>(node.data);
  const auto loop = kernels::make_loop<2>(node.rank, node.sizes(), {node.strides(), steps.data()});
  kernels::for_each_row(loop, [&](const auto& offset, std::int64_t n, const auto& step) {
    f(data + offset[0], offset[1], n, step[0], step[1]);
  });
}

/// The sum of integers, or how many of booleans hold: added in bytes, of which vectors hold most.
template <class T>
[[nodiscard]] std::int64_t row_sum(const T* row, std::int64_t n) {
  std::int64_t total = 0;
  if constexpr (std::is_same_v<T, bool>) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(row);
    constexpr std::int64_t kBytes = 64, kMost = 255 * kBytes;  // 255 fit into a byte
    for (std::int64_t first = 0; first < n; first += kMost) {
      const std::int64_t end = std::min(first + kMost, n);
      std::array<std::uint8_t, kBytes> counts{};
      std::int64_t i = first;
      for (; i + kBytes <= end; i += kBytes)
        for (std::int64_t j = 0; j < kBytes; ++j)
          counts[static_cast<std::size_t>(j)] =
              static_cast<std::uint8_t>(counts[static_cast<std::size_t>(j)] + bytes[i + j]);
      for (const std::uint8_t count : counts) total += count;
      for (; i < end; ++i) total += bytes[i];
    }
  } else {
    for (std::int64_t i = 0; i < n; ++i) total += row[i];
  }
  return total;
}

/// True if all elements become one, and there are so few that kernels::sum adds them up one by one.
[[nodiscard]] bool are_few(const Tensor& x, const Reduction& reduction);
/// The sum of these.
template <class T>
[[nodiscard]] double sum_of_few(const T* x, std::int64_t n) {
  double total = 0;
  for (std::int64_t i = 0; i < n; ++i) total += double{x[i]};
  return total;
}

/// y[i] = finish(sum i) for the sums of x over the reduced axes, in the order of the reduced shape.
/// Floating numbers are summed in double.
template <class T, class Y, class F>
void put_sums(const Tensor& x, const Reduction& reduction, Y* y, const F& finish) {
  const NoGrad no_grad;
  if constexpr (std::is_floating_point_v<T>) {
    if (are_few(x, reduction)) {
      const Tensor dense = contiguous(x);
      *y = finish(sum_of_few(static_cast<const T*>(elements<T>(dense)), x.numel()));
      return;
    }
  }
  const std::int64_t count = reduction.left_of(x.shape()).numel();
  if constexpr (std::is_floating_point_v<T>) {
    if (x.numel() == 0) return std::fill_n(y, count, finish(0.0)), void();
    const DenseLines dense = dense_lines(x, reduction.mask);
    const T* const from = elements<T>(dense.elements);
    kernels::for_some_lines(
        dense.lines, [&](const kernels::Lines& lines, std::int64_t at, std::int64_t first) {
          Totals<double> totals(static_cast<std::size_t>(lines.outer * lines.inner));
          kernels::sum(lines, from + at, totals.data());
          std::ranges::transform(totals, y + first, finish);
        });
  } else {
    Totals<std::int64_t> totals(static_cast<std::size_t>(count), 0);
    reduce_rows<T>(x, reduction,
                   [&](const T* row, std::int64_t first, std::int64_t n, std::int64_t step,
                       std::int64_t out_step) {
                     std::int64_t* out = totals.data() + first;
                     if (out_step == 0 && step == 1) return *out += row_sum(row, n), void();
                     for (std::int64_t i = 0; i < n; ++i)
                       out[i * out_step] += std::int64_t{row[i * step]};
                   });
    std::ranges::transform(totals, y, finish);
  }
}

/// The most extreme element over the reduced axes, as `beats` orders them; NaN beats all.
/// `kernel` does it for lines of floating numbers.
/// Requires  at least one element for each result
template <class T, class Beats, class Kernel>
void extremes(const Tensor& x, const Reduction& reduction, T* out, Beats beats,
              const Kernel& kernel) {
  if constexpr (std::is_floating_point_v<T>) {
    if (x.numel() == 0) return;
    const DenseLines dense = dense_lines(x, reduction.mask);
    kernel(dense.lines, static_cast<const T*>(elements<T>(dense.elements)), out);
  } else {
    std::vector<unsigned char> begun(
        static_cast<std::size_t>(reduction.left_of(x.shape()).numel()));
    reduce_rows<T>(x, reduction,
                   [&](const T* row, std::int64_t first, std::int64_t n, std::int64_t step,
                       std::int64_t out_step) {
                     for (std::int64_t i = 0; i < n; ++i) {
                       const std::int64_t to = first + i * out_step;
                       const T element = row[i * step];
                       unsigned char& has_begun = begun[static_cast<std::size_t>(to)];
                       if (has_begun == 0 || beats(element, out[to])) out[to] = element;
                       has_begun = 1;
                     }
                   });
  }
}

}  // namespace detail
}  // namespace nabla
