// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include <nabla/kernels/copy.hpp>
#include <nabla/kernels/loop.hpp>
#include <nabla/kernels/parallel.hpp>

#include "element.hpp"

namespace nabla::kernels {
namespace {

// Two axes of a loop: a step along one in `to` and in `from`, and along the other.
struct Plane {
  std::int64_t rows, columns;
  std::int64_t to_row, to_column, from_row, from_column;
};

// Column by column, of so many rows that they stay in the nearest cache.
template <class E>
void copy_narrow_block(const Plane& plane, E* to, const E* from, std::int64_t rows,
                       std::int64_t columns) {
  constexpr std::int64_t kRows = 128;
  for (std::int64_t first = 0; first < rows; first += kRows) {
    const std::int64_t last = std::min(first + kRows, rows);
    for (std::int64_t j = 0; j < columns; ++j) {
      E* target = to + j * plane.to_column;
      const E* source = from + j * plane.from_column;
      for (std::int64_t i = first; i < last; ++i)
        target[i * plane.to_row] = source[i * plane.from_row];
    }
  }
}

template <class E>
void copy_block(const Plane& plane, E* to, const E* from, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kNarrow = 8;
  if (columns < kNarrow) return copy_narrow_block(plane, to, from, rows, columns);
  for (std::int64_t i = 0; i < rows; ++i) {
    E* target = to + i * plane.to_row;
    const E* source = from + i * plane.from_row;
    if (plane.to_column == 1) {
      copy_row(target, source, columns, plane.from_column);
      continue;
    }
    for (std::int64_t j = 0; j < columns; ++j)
      target[j * plane.to_column] = source[j * plane.from_column];
  }
}

// Rows of one are columns of the other: a square of whole lines of the cache is read row by row into
// a buffer, then written row by row. So no line is needed twice, however many of them would have to
// share one place of the cache.
constexpr std::int64_t kSide = 64;

template <class E>
void copy_square(const Plane& plane, E* to, const E* from, std::int64_t rows,
                 std::int64_t columns) {
  alignas(64) std::array<E, static_cast<std::size_t>(kSide * kSide)> square;
  for (std::int64_t j = 0; j < columns; ++j)
    std::copy_n(from + j * plane.from_column, rows, square.data() + j * kSide);
  for (std::int64_t i = 0; i < rows; ++i) {
    E* target = to + i * plane.to_row;
    const E* source = square.data() + i;
    for (std::int64_t j = 0; j < columns; ++j) target[j] = source[j * kSide];
  }
}

template <class E>
void copy_transposed(const Plane& plane, E* to, const E* from) {
  const bool has_lines = plane.from_row == 1 && plane.to_column == 1;
  const auto stripe = [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; i += kSide) {
      for (std::int64_t j = 0; j < plane.columns; j += kSide) {
        E* target = to + i * plane.to_row + j * plane.to_column;
        const E* source = from + i * plane.from_row + j * plane.from_column;
        const std::int64_t rows = std::min(kSide, last - i);
        const std::int64_t columns = std::min(kSide, plane.columns - j);
        has_lines ? copy_square(plane, target, source, rows, columns)
                  : copy_block(plane, target, source, rows, columns);
      }
    }
  };
  if (plane.rows * plane.columns < kLargeLoop) return stripe(0, plane.rows);
  const std::int64_t block = std::max(kLoopBlock / plane.columns, std::int64_t{1});
  for_each_range(plane.rows, (block + kSide - 1) / kSide * kSide, stripe);
}

template <class E>
void copy_plane(const Plane& plane, E* to, const E* from) {
  const bool has_lines = plane.to_column == 1 && plane.from_column == 1;
  if (!has_lines && plane.rows > 1 && plane.from_row != 0 && plane.from_row < plane.from_column)
    return copy_transposed(plane, to, from);
  const auto copy_some = [&](std::int64_t first, std::int64_t last) {
    E* target = to + first * plane.to_row;
    const E* source = from + first * plane.from_row;
    if (!has_lines) return copy_block(plane, target, source, last - first, plane.columns);
    for (std::int64_t i = 0; i < last - first; ++i)
      std::copy_n(source + i * plane.from_row, plane.columns, target + i * plane.to_row);
  };
  if (plane.rows * plane.columns < kLargeLoop) return copy_some(0, plane.rows);
  for_each_range(plane.rows, std::max(kLoopBlock / plane.columns, std::int64_t{1}), copy_some);
}

template <class E>
void copy_elements(Loop<2> loop, E* target, const E* source) {
  if (loop.rank == 0) return *target = *source, void();
  const auto last = static_cast<std::size_t>(loop.rank - 1);
  constexpr std::int64_t kFew = 64;
  if (loop.rank == 1 && loop.sizes[0] <= kFew) {
    const std::int64_t to = loop.strides[0][0], from = loop.strides[1][0];
    if (to == 1 && from == 1) return std::copy_n(source, loop.sizes[0], target), void();
    for (std::int64_t i = 0; i < loop.sizes[0]; ++i) target[i * to] = source[i * from];
    return;
  }
  if (loop.rank == 1 && loop.strides[0][0] == 1 && loop.strides[1][0] == 1 &&
      loop.sizes[0] >= kLargeLoop) {
    return for_each_range(loop.sizes[0], kLoopBlock, [&](std::int64_t first, std::int64_t end) {
      std::copy_n(source + first, end - first, target + first);
    });
  }
  // The axis along which `from` is read in order, or the longest if there is none, becomes the rows of a
  // plane; the others a loop over planes.
  std::size_t rows = last;
  for (std::size_t axis = 0; axis < last; ++axis)
    if (loop.strides[1][axis] != 0 &&
        (rows == last || loop.strides[1][axis] < loop.strides[1][rows]))
      rows = axis;
  if (rows == last) {
    const auto* sizes = loop.sizes.data();
    rows = static_cast<std::size_t>(std::max_element(sizes, sizes + last) - sizes);
  }
  Plane plane{1, loop.sizes[last], 0, loop.strides[0][last], 0, loop.strides[1][last]};
  if (rows != last) {
    plane.rows = loop.sizes[rows];
    plane.to_row = loop.strides[0][rows];
    plane.from_row = loop.strides[1][rows];
    loop.sizes[rows] = 1;
  }
  loop.sizes[last] = 1;
  for_each_row(loop, [&](const auto& offset, std::int64_t, const auto&) {
    copy_plane(plane, target + offset[0], source + offset[1]);
  });
}

}  // namespace

void copy(int rank, const std::int64_t* sizes, void* to, const std::int64_t* to_strides,
          const void* from, const std::int64_t* from_strides, std::size_t element_bytes) {
  for (int axis = 0; axis < rank; ++axis)
    if (sizes[axis] == 0) return;
  const Loop<2> loop = make_loop<2>(rank, sizes, {to_strides, from_strides});
  visit_element(element_bytes, [&](auto element) {
    using E = decltype(element);
    copy_elements(loop, static_cast<E*>(to), static_cast<const E*>(from));
  });
}

}  // namespace nabla::kernels
