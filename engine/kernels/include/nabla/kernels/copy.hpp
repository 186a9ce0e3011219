// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace nabla::kernels {

/// Copies elements of 1, 4 or 8 bytes from one array to another of the same shape, each with its own
/// strides, in elements. Where rows of one are columns of the other, in square blocks, so that both
/// are read and written along the lines of the cache.
/// Requires  the arrays do not overlap; no stride of `to` is 0 on an axis of more than one element
void copy(int rank, const std::int64_t* sizes, void* to, const std::int64_t* to_strides,
          const void* from, const std::int64_t* from_strides, std::size_t element_bytes);

}  // namespace nabla::kernels
