// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include <nabla/kernels/memory.hpp>
#include <nabla/ops/family/indexing.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/index/gather.hpp>
#include <nabla/ops/index/scatter_add.hpp>
#include <nabla/ops/view/reshape.hpp>

// Order statistics and their like: the result is elements of x, picked along an axis at places that
// were computed from x before. Such an op derives from Pick and adds what it says about itself; its
// operands are x and the int64 index, and its gradient goes where the elements came from.

namespace nabla {

/// Elements of a tensor and where they stood along the axis, as int64.
struct ValuesAndIndices {
  Tensor values;
  Tensor indices;
};

struct Pick : Structured {
  int axis;

  static constexpr std::uint32_t saves = 2;  // the index
  Result shape(Inputs x) const { return {x[1].shape(), x[0].dtype()}; }
  void forward(Inputs x, Tensor& y) const {
    visit_dtype(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* from = elements<T>(x[0]);
      T* to = elements<T>(y);
      detail::for_each_index(
          x[1], axis, x[0].strides(), y.strides(),
          [=](std::int64_t picked, std::int64_t own) { to[own] = from[picked]; });
    });
  }
  // An element is picked at most once.
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    const Tensor& g = call.gradient();
    if (call.create_graph()) return call.add(0, scatter_add(g, axis, call.input(1), x.size(axis)));
    Tensor dx = zeros(x.shape(), x.dtype());
    visit_floating(dx.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* from = elements<T>(g);
      T* to = elements<T>(dx);
      detail::for_each_index(
          call.input(1), axis, dx.strides(), g.strides(),
          [=](std::int64_t picked, std::int64_t own) { to[picked] = from[own]; });
    });
    call.add(0, dx);
  }
};

/// A pick that may take an element many times: what arrives for it adds up, in double.
struct RepeatedPick : Pick {
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    const Tensor& g = call.gradient();
    if (call.create_graph()) return call.add(0, scatter_add(g, axis, call.input(1), x.size(axis)));
    std::vector<double, kernels::Allocator<double>> sums(static_cast<std::size_t>(x.numel()), 0.0);
    Tensor dx = detail::make_tensor(x.shape(), x.dtype(), call.info().name);
    const Strides strides = dx.strides();
    visit_floating(dx.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* from = elements<T>(g);
      double* to = sums.data();
      detail::for_each_index(call.input(1), axis, strides, g.strides(),
                             [=](std::int64_t picked, std::int64_t own) {
                               to[picked] += static_cast<double>(from[own]);
                             });
      std::transform(sums.begin(), sums.end(), elements<T>(dx),
                     [](double sum) { return static_cast<T>(sum); });
    });
    call.add(0, dx);
  }
};

/// Samples for such an op on one operand: rows, columns, a middle axis, ties.
[[nodiscard]] std::vector<Sample> pick_samples(
    const std::function<Tensor(std::span<const Tensor>, int)>& call);
/// What it refuses: an axis that is not there, and `more` of its own.
[[nodiscard]] std::vector<ErrorCase> pick_errors(
    std::string_view op, const std::function<Tensor(std::span<const Tensor>, int)>& call,
    std::vector<ErrorCase> more = {});

namespace detail {

/// The elements of x at `indices` along `axis`, by the op Op, with the axis or without it.
/// Requires  0 <= index < x.size(axis); sizes off the axis as in x
template <class Op>
[[nodiscard]] ValuesAndIndices picked(const Tensor& x, int axis, const Tensor& indices,
                                      bool keepdim = true) {
  Op op{};
  op.axis = axis;
  const Tensor values = record_structured(op, x, indices);
  if (keepdim) return {values, indices};
  const Shape left = x.shape().without(axis);
  return {reshape(values, left), reshape(indices, left)};
}

/// Where the elements stand that an op picks along an axis; NaN counts as greatest. Ties: the one
/// that stands first comes first.
/// Requires  0 <= axis < x.rank()
[[nodiscard]] Tensor sorted_index(const Tensor& x, int axis, bool descending);
/// Requires  0 <= k <= x.size(axis)
[[nodiscard]] Tensor top_index(const Tensor& x, int axis, std::int64_t k, bool largest,
                               bool sorted);
/// Requires  1 <= k <= x.size(axis)
[[nodiscard]] Tensor kth_index(const Tensor& x, int axis, std::int64_t k);
/// Requires  x.size(axis) > 0
[[nodiscard]] Tensor median_index(const Tensor& x, int axis);
[[nodiscard]] Tensor mode_index(const Tensor& x, int axis);

/// Where the extreme of the elements so far stands, the latest at a tie; NaN beats all.
[[nodiscard]] Tensor running_index(const Tensor& x, int axis, bool greatest);

/// Errors    ShapeError that names `op` if there is nothing along the axis
void check_not_empty(const Tensor& x, int axis, std::string_view op);

}  // namespace detail
}  // namespace nabla
