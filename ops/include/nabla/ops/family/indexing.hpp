// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include <nabla/kernels/loop.hpp>
#include <nabla/ops/family/structured.hpp>

// What gather and scatter_add have in common: checking an index tensor, and walking over it.

namespace nabla::detail {

/// Errors    DTypeError unless int64; DomainError unless 0 <= index < size everywhere
void check_indices(const Tensor& index, std::int64_t size, std::string_view op);

/// The same, and ShapeError unless the index is a vector.
void check_vector_index(const Tensor& index, std::int64_t size, std::string_view op);
/// The same as check_indices for an index of x along `axis`, and ShapeError unless it has as many axes
/// and is not longer than x off that axis.
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

/// Calls f(picked, own) for each element of `index`: `own` is its place in a tensor of the strides
/// `own_strides`, `picked` the place in one of `picked_strides` with the index along `axis`.
template <class F>
void for_each_index(const Tensor& index, int axis, const Strides& picked_strides,
                    const Strides& own_strides, F&& f) {
  Strides off_axis = picked_strides;
  off_axis[static_cast<std::size_t>(axis)] = 0;
  const std::int64_t along = picked_strides[static_cast<std::size_t>(axis)];
  const Node& node = *index.node();
  const auto* indices = reinterpret_cast<const std::int64_t*>(node.data);
  const auto loop = kernels::make_loop<3>(node.rank, node.sizes(),
                                          {node.strides(), off_axis.data(), own_strides.data()});
  kernels::for_each_row(loop, [&](const auto& offset, std::int64_t n, const auto& step) {
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t picked = indices[offset[0] + i * step[0]] * along;
      f(offset[1] + i * step[1] + picked, offset[2] + i * step[2]);
    }
  });
}

}  // namespace nabla::detail
