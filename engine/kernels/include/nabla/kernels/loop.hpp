// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

// A loop over the elements of N arrays of one common shape, each with its own strides (0 where it
// is broadcast). Axes that lie one behind another in every array are merged, so that most loops
// have one axis. `for_each_row` calls f(pointers' offsets, length, strides) for each innermost row.

namespace nabla::kernels {

inline constexpr int kMaxAxes = 8;

template <std::size_t N>
struct Loop {
  int rank = 0;
  std::array<std::int64_t, kMaxAxes> sizes{};
  std::array<std::array<std::int64_t, kMaxAxes>, N> strides{};  ///< in elements
};

/// True if the elements lie one behind another in row-major order. Axes of size 1 may have any
/// stride.
inline bool is_contiguous(int rank, const std::int64_t* sizes, const std::int64_t* strides) {
  std::int64_t expected = 1;
  for (int axis = rank - 1; axis >= 0; --axis) {
    if (sizes[axis] != 1 && strides[axis] != expected) return false;
    expected *= sizes[axis];
  }
  return true;
}

/// The loop over `sizes`, with mergeable axes merged and axes of size 1 left out.
template <std::size_t N>
Loop<N> make_loop(int rank, const std::int64_t* sizes,
                  const std::array<const std::int64_t*, N>& strides) {
  Loop<N> loop;
  for (int axis = 0; axis < rank; ++axis) {
    if (sizes[axis] == 1) continue;
    const auto last = static_cast<std::size_t>(loop.rank - 1);
    const auto a = static_cast<std::size_t>(axis);
    bool merge = loop.rank > 0;
    for (std::size_t i = 0; merge && i < N; ++i)
      merge = loop.strides[i][last] == strides[i][a] * sizes[a];
    const std::size_t slot = merge ? last : static_cast<std::size_t>(loop.rank++);
    loop.sizes[slot] = merge ? loop.sizes[slot] * sizes[a] : sizes[a];
    for (std::size_t i = 0; i < N; ++i) loop.strides[i][slot] = strides[i][a];
  }
  return loop;
}

template <std::size_t N, class F>
void for_each_row(const Loop<N>& loop, F&& f) {
  std::array<std::int64_t, N> offsets{};
  std::array<std::int64_t, N> inner{};
  if (loop.rank == 0) return f(offsets, std::int64_t{1}, inner);
  const auto last = static_cast<std::size_t>(loop.rank - 1);
  for (std::size_t axis = 0; axis <= last; ++axis)
    if (loop.sizes[axis] == 0) return;
  for (std::size_t i = 0; i < N; ++i) inner[i] = loop.strides[i][last];
  std::array<std::int64_t, kMaxAxes> index{};
  while (true) {
    f(offsets, loop.sizes[last], inner);
    auto axis = static_cast<int>(last) - 1;
    for (; axis >= 0; --axis) {
      const auto a = static_cast<std::size_t>(axis);
      for (std::size_t i = 0; i < N; ++i) offsets[i] += loop.strides[i][a];
      if (++index[a] < loop.sizes[a]) break;
      for (std::size_t i = 0; i < N; ++i) offsets[i] -= loop.strides[i][a] * loop.sizes[a];
      index[a] = 0;
    }
    if (axis < 0) return;
  }
}

/// The places of the element that comes so far behind the first one in row-major order.
template <std::size_t N>
std::array<std::int64_t, N> places_of(const Loop<N>& loop, std::int64_t element) {
  std::array<std::int64_t, N> places{};
  for (int axis = loop.rank - 1; axis >= 0; --axis) {
    const auto a = static_cast<std::size_t>(axis);
    for (std::size_t i = 0; i < N; ++i) places[i] += element % loop.sizes[a] * loop.strides[i][a];
    element /= loop.sizes[a];
  }
  return places;
}

}  // namespace nabla::kernels
