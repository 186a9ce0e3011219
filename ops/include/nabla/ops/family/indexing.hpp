// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
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

/// A part of an index tensor: rows of n indices, each of which counts `along` elements of the tensor
/// that it picks from.
struct IndexPlane {
  /// Where it begins, in steps from row to row and within one: of the indices, off the axis in the tensor
  /// that is picked from, and in one of the shape of the index.
  struct Place {
    std::int64_t start, row_step, step;
    [[nodiscard]] std::int64_t row(std::int64_t r) const { return start + r * row_step; }
    [[nodiscard]] Place from(std::int64_t r, std::int64_t i) const {
      return {row(r) + i * step, row_step, step};
    }
  };
  std::int64_t rows, n, along;
  const std::int64_t* indices;
  Place index, picked, own;

  [[nodiscard]] IndexPlane part(std::int64_t row, std::int64_t row_count, std::int64_t first,
                                std::int64_t count) const {
    return {
        row_count,           count, along, indices, index.from(row, first), picked.from(row, first),
        own.from(row, first)};
  }

  /// Calls f(picked, own) for each index.
  template <class F>
  void for_each(const F& f) const {
    const bool is_stretched = index.step == 0 && picked.step == 1;
    const bool picks_from_row = index.step == 1 && picked.step == 0 && along == 1;
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::int64_t* row = indices + index.row(r);
      const std::int64_t from = picked.row(r), to = own.row(r);
      if (is_stretched && own.step == 1) {  // a slice, by one index
        kernels::for_lanes(n, [&](std::int64_t i) { f(from + *row * along + i, to + i); });
      } else if (picks_from_row && own.step == 1) {
        for (std::int64_t i = 0; i < n; ++i) f(from + row[i], to + i);
      } else {
        for (std::int64_t i = 0; i < n; ++i)
          f(from + i * picked.step + row[i * index.step] * along, to + i * own.step);
      }
    }
  }
};

/// Errors    DomainError that names `op` unless 0 <= index < size for all
void check_index_plane(const IndexPlane& plane, std::int64_t size, std::string_view op);

/// The order of a walk over an index tensor along the axis that it picks from: off it no two indices
/// pick the same.
enum class IndexOrder { forward, backward };

/// Calls f(plane) for all of `index`, which picks along `axis` from a tensor of `picked_strides` for
/// one of `own_strides`.
template <class F>
void for_each_index_plane(const Tensor& index, int axis, const Strides& picked_strides,
                          const Strides& own_strides, IndexOrder order, const F& f) {
  if (index.numel() == 0) return;
  const auto a = static_cast<std::size_t>(axis);
  Strides steps = index.strides(), off_axis = picked_strides, own = own_strides;
  off_axis[a] = 0;
  std::int64_t first_index = 0, first_own = 0;
  if (order == IndexOrder::backward) {
    const std::int64_t last = index.size(axis) - 1;
    first_index = last * std::exchange(steps[a], -steps[a]);
    first_own = last * std::exchange(own[a], -own[a]);
  }
  auto planes = kernels::make_loop<3>(index.rank(), index.node()->sizes(),
                                      {steps.data(), off_axis.data(), own.data()});
  struct Axis {
    std::int64_t size = 1;
    std::array<std::int64_t, 3> steps{};
  };
  // Taken out of the loop, if it is there.
  const auto take_axis = [&planes](int number) {
    Axis taken;
    if (number < 0) return taken;
    const auto k = static_cast<std::size_t>(number);
    for (std::size_t i = 0; i < taken.steps.size(); ++i) taken.steps[i] = planes.strides[i][k];
    taken.size = std::exchange(planes.sizes[k], 1);
    return taken;
  };
  const Axis columns = take_axis(planes.rank - 1), rows = take_axis(planes.rank - 2);
  const auto* indices = elements<std::int64_t>(index);
  kernels::for_each_row(planes, [&](const auto& offset, std::int64_t, const auto&) {
    f(IndexPlane{rows.size,
                 columns.size,
                 picked_strides[a],
                 indices,
                 {first_index + offset[0], rows.steps[0], columns.steps[0]},
                 {offset[1], rows.steps[1], columns.steps[1]},
                 {first_own + offset[2], rows.steps[2], columns.steps[2]}});
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
  for_each_index_plane(index, axis, picked_strides, own_strides, order,
                       [&](const IndexPlane& plane) { plane.for_each(f); });
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
  for_each_index_plane(
      index, axis, picked_strides, own_strides, IndexOrder::forward, [&](const IndexPlane& plane) {
        const std::int64_t rows = std::max(kBlock / plane.n, std::int64_t{1});
        for (std::int64_t row = 0; row < plane.rows; row += rows) {
          for (std::int64_t first = 0; first < plane.n; first += kBlock) {
            const IndexPlane part = plane.part(row, std::min(rows, plane.rows - row), first,
                                               std::min(kBlock, plane.n - first));
            check_index_plane(part, size, op);
            part.for_each(f);
          }
        }
      });
}

}  // namespace nabla::detail
