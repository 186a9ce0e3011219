// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/memory.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/reshape.hpp>

// What reductions have in common: the axes as a bit mask, the shape they leave, the way back from a
// reduced gradient to the shape of the operand, and the lines that the elements are. `of(x)` is the op on
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

/// True if all elements become one, and there are so few that kernels::sum adds them up one by one.
[[nodiscard]] bool are_few(const Tensor& x, const Reduction& reduction);
/// The sum of these.
template <class T>
[[nodiscard]] kernels::Total<T> sum_of_few(const T* x, std::int64_t n) {
  using Sum = kernels::WrappingTotal<T>;
  Sum total = 0;
  for (std::int64_t i = 0; i < n; ++i) total += static_cast<Sum>(x[i]);
  return static_cast<kernels::Total<T>>(total);
}

/// y[i] = finish(sum i) for the sums of x over the reduced axes, in the order of the reduced shape.
template <class T, class Y, class F>
void put_sums(const Tensor& x, const Reduction& reduction, Y* y, const F& finish) {
  using Total = kernels::Total<T>;
  const NoGrad no_grad;
  if (are_few(x, reduction)) {
    const Tensor dense = contiguous(x);
    *y = finish(sum_of_few(static_cast<const T*>(elements<T>(dense)), x.numel()));
    return;
  }
  if (x.numel() == 0)
    return std::fill_n(y, reduction.left_of(x.shape()).numel(), finish(Total{0})), void();
  const DenseLines dense = dense_lines(x, reduction.mask);
  const T* const from = elements<T>(dense.elements);
  kernels::for_some_lines(
      dense.lines, [&](const kernels::Lines& lines, std::int64_t at, std::int64_t first) {
        Totals<Total> totals(static_cast<std::size_t>(lines.outer * lines.inner));
        kernels::sum(lines, from + at, totals.data());
        const Total* const sums = totals.data();
        Y* const into = y + first;
        kernels::for_lanes(lines.outer * lines.inner,
                           [=](std::int64_t i) { into[i] = finish(sums[i]); });
      });
}

/// The most extreme elements over the reduced axes, found by kernel(lines, x, out).
template <class T, class Kernel>
void put_extremes(const Tensor& x, const Reduction& reduction, T* out, const Kernel& kernel) {
  if (x.numel() == 0) return;
  const DenseLines dense = dense_lines(x, reduction.mask);
  kernel(dense.lines, static_cast<const T*>(elements<T>(dense.elements)), out);
}

}  // namespace detail
}  // namespace nabla
