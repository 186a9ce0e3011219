// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/loop.hpp>
#include <nabla/ops/family/structured.hpp>

// What gather and scatter_add have in common: checking an index tensor, and walking over it.

namespace nabla::detail {

/// Errors    DTypeError unless int64; DomainError unless 0 <= index < size everywhere
void check_indices(const Tensor& index, std::int64_t size, std::string_view op);

/// The same, and ShapeError unless the index is a vector.
void check_vector_index(const Tensor& index, std::int64_t size, std::string_view op);
/// Errors    DTypeError unless the index is int64; ShapeError unless it has as many axes as x and is not
///           longer off `axis`
void check_index_fits(const Tensor& x, const Tensor& index, int axis, std::string_view op);

/// Errors    DomainError that names `op` unless 0 <= index < size for n indices that lie `step` apart
void check_index_row(const std::int64_t* indices, std::int64_t n, std::int64_t step,
                     std::int64_t size, std::string_view op);

/// Slices x[i_0, ..., i_k] at the places that index tensors name together along the first axes.
struct PlacesOf {
  Tensor flat;         ///< int64 (m): the rows of rows_of(x)
  Shape result_shape;  ///< that of the indices, then the axes left of x
  int axes;            ///< how many are indexed

  /// Errors    ShapeError, DTypeError, DomainError that name `op`
  PlacesOf(const Tensor& x, std::span<const Tensor> indices, std::string_view op);
  /// x as a matrix, with a row for each place.
  [[nodiscard]] Tensor rows_of(const Tensor& x) const;
};

/// Where a walk over an index tensor is: at n indices `step` apart, each of which counts `along`
/// elements of the tensor that it picks from.
struct IndexRow {
  const std::int64_t* indices;
  std::int64_t n, step, along;
  std::int64_t picked, picked_step;  ///< the place off the axis that is picked from
  std::int64_t own, own_step;        ///< the place in a tensor of the shape of the index

  [[nodiscard]] IndexRow part(std::int64_t first, std::int64_t count) const {
    IndexRow part = *this;
    part.indices += first * step;
    part.n = count;
    part.picked += first * picked_step;
    part.own += first * own_step;
    return part;
  }

  /// Calls f(picked, own) for each index.
  template <class F>
  void for_each(const F& f) const {
    if (step == 0 && picked_step == 1 && own_step == 1) {  // a slice, by one index
      const std::int64_t from = picked + *indices * along;
      kernels::for_lanes(n, [&](std::int64_t i) { f(from + i, own + i); });
    } else if (step == 1 && along == 1 && picked_step == 0 && own_step == 1) {
      for (std::int64_t i = 0; i < n; ++i) f(picked + indices[i], own + i);
    } else {
      for (std::int64_t i = 0; i < n; ++i)
        f(picked + i * picked_step + indices[i * step] * along, own + i * own_step);
    }
  }
};

/// The order of a walk over an index tensor along the axis that it picks from.
enum class IndexOrder { forward, backward };

/// Calls f(row) for all of `index`, which picks along `axis` from a tensor of `picked_strides` for one
/// of `own_strides`.
template <class F>
void for_each_index_row(const Tensor& index, int axis, const Strides& picked_strides,
                        const Strides& own_strides, IndexOrder order, const F& f) {
  if (index.numel() == 0) return;
  const auto a = static_cast<std::size_t>(axis);
  Strides steps = index.strides(), off_axis = picked_strides, own = own_strides;
  off_axis[a] = 0;
  const std::int64_t* indices = elements<std::int64_t>(index);
  std::int64_t first_own = 0;
  if (order == IndexOrder::backward) {
    const std::int64_t last = index.size(axis) - 1;
    indices += last * std::exchange(steps[a], -steps[a]);
    first_own = last * std::exchange(own[a], -own[a]);
  }
  const auto loop = kernels::make_loop<3>(index.rank(), index.node()->sizes(),
                                          {steps.data(), off_axis.data(), own.data()});
  kernels::for_each_row(loop, [&](const auto& offset, std::int64_t n, const auto& step) {
    f(IndexRow{indices + offset[0], n, step[0], picked_strides[a], offset[1], step[1],
               first_own + offset[2], step[2]});
  });
}

/// True if an index stands for many elements of its tensor.
[[nodiscard]] inline bool is_stretched(const Tensor& index) {
  for (int axis = 0; axis < index.rank(); ++axis)
    if (index.size(axis) > 1 && index.node()->strides()[axis] == 0) return true;
  return false;
}

/// Calls f(picked, own) for each element of `index`: `own` is its place in a tensor of the strides
/// `own_strides`, `picked` the place in one of `picked_strides` with the index along `axis`.
template <class F>
void for_each_index(const Tensor& index, int axis, const Strides& picked_strides,
                    const Strides& own_strides, const F& f,
                    IndexOrder order = IndexOrder::forward) {
  for_each_index_row(index, axis, picked_strides, own_strides, order,
                     [&](const IndexRow& row) { row.for_each(f); });
}

/// The same for indices that nobody has looked at yet.
/// Errors    DomainError that names `op` unless 0 <= index < size everywhere; f may have been called
template <class F>
void for_each_checked_index(const Tensor& index, int axis, std::int64_t size, std::string_view op,
                            const Strides& picked_strides, const Strides& own_strides, const F& f) {
  constexpr std::int64_t kBlock = 1024;  // indices that are still in the cache when they are used
  if (is_stretched(index)) {
    check_indices(index, size, op);
    return for_each_index(index, axis, picked_strides, own_strides, f);
  }
  for_each_index_row(index, axis, picked_strides, own_strides, IndexOrder::forward,
                     [&](const IndexRow& row) {
                       for (std::int64_t first = 0; first < row.n; first += kBlock) {
                         const IndexRow part = row.part(first, std::min(kBlock, row.n - first));
                         check_index_row(part.indices, part.n, part.step, size, op);
                         part.for_each(f);
                       }
                     });
}

}  // namespace nabla::detail
