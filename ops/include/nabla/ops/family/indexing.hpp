// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
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
/// Errors    DTypeError unless the index is int64; ShapeError unless it has as many axes as x and is not
///           longer off `axis`
void check_index_fits(const Tensor& x, const Tensor& index, int axis, std::string_view op);

/// Errors    DomainError, always, for the first of these indices that is out of range
[[noreturn]] void throw_index_out_of_range(const std::int64_t* index, std::int64_t step,
                                           std::int64_t size, std::string_view op);
/// Negative if one of the indices is, or is not below `size`: without a branch for each.
[[nodiscard]] inline std::int64_t index_faults(const std::int64_t* index, std::int64_t n,
                                               std::int64_t step, std::int64_t size) {
  constexpr std::int64_t kAtOnce = 8;  // that become vector code
  std::array<std::int64_t, kAtOnce> lanes{};
  std::int64_t i = 0;
  for (; step == 1 && i + kAtOnce <= n; i += kAtOnce) {
    for (std::int64_t l = 0; l < kAtOnce; ++l)
      lanes[static_cast<std::size_t>(l)] |= index[i + l] | (size - 1 - index[i + l]);
  }
  std::int64_t faults = 0;
  for (const std::int64_t lane : lanes) faults |= lane;
  for (; i < n; ++i) faults |= index[i * step] | (size - 1 - index[i * step]);
  return faults;
}

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

/// The same for indices that nobody has looked at yet.
/// Errors    DomainError that names `op` unless 0 <= index < size everywhere; f may have been called
template <class F>
void for_each_checked_index(const Tensor& index, int axis, std::int64_t size, std::string_view op,
                            const Strides& picked_strides, const Strides& own_strides, F&& f) {
  constexpr std::int64_t kBlock = 1024;  // indices that are still in the cache when they are used
  Strides off_axis = picked_strides;
  off_axis[static_cast<std::size_t>(axis)] = 0;
  const std::int64_t along = picked_strides[static_cast<std::size_t>(axis)];
  const Node& node = *index.node();
  const auto* indices = reinterpret_cast<const std::int64_t*>(node.data);
  const auto loop = kernels::make_loop<3>(node.rank, node.sizes(),
                                          {node.strides(), off_axis.data(), own_strides.data()});
  kernels::for_each_row(loop, [&](const auto& offset, std::int64_t n, const auto& step) {
    for (std::int64_t first = 0; first < n; first += kBlock) {
      const std::int64_t* block = indices + offset[0] + first * step[0];
      const auto count = static_cast<int>(std::min(kBlock, n - first));
      if (index_faults(block, count, step[0], size) < 0)
        throw_index_out_of_range(block, step[0], size, op);
      const std::int64_t picked = offset[1] + first * step[1], own = offset[2] + first * step[2];
      const bool is_row = along == 1 && step[0] == 1 && step[1] == 0 && step[2] == 1;
      if (is_row) {
        for (int i = 0; i < count; ++i) f(picked + block[i], own + i);
      } else {
        for (int i = 0; i < count; ++i)
          f(picked + i * step[1] + block[i * step[0]] * along, own + i * step[2]);
      }
    }
  });
}

}  // namespace nabla::detail
