// SPDX-License-Identifier: MIT
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/shape.hpp>

namespace nabla {

void detail::throw_rank(std::int64_t axes, std::string_view op) {
  throw ShapeError(fmt::format("[{}] too many axes: got {}, need at most {}", op, axes, kMaxRank));
}

void Shape::throw_size(std::string_view op) const {
  if (std::ranges::any_of(*this, [](std::int64_t size) { return size < 0; })) {
    throw ShapeError(
        fmt::format("[{}] negative size: got {}, need 0 or more", op, to_string(*this)));
  }
  throw ShapeError(
      fmt::format("[{}] too many elements: got {}, need at most 2^59", op, to_string(*this)));
}

Shape Shape::without(int axis) const {
  Shape result = *this;
  std::copy(begin() + axis + 1, end(), result.sizes_.begin() + axis);
  result.sizes_[static_cast<std::size_t>(--result.rank_)] = 0;
  return result;
}

Shape Shape::inserted(int axis, std::int64_t size) const {
  std::array<std::int64_t, kMaxRank + 1> sizes{};
  std::copy(begin(), begin() + axis, sizes.begin());
  sizes[static_cast<std::size_t>(axis)] = size;
  std::copy(begin() + axis, end(), sizes.begin() + axis + 1);
  return Shape(std::span<const std::int64_t>(sizes.data(), static_cast<std::size_t>(rank_ + 1)));
}

Strides contiguous_strides(const Shape& shape) {
  Strides strides{};
  std::int64_t step = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides[static_cast<std::size_t>(axis)] = step;
    step *= std::max<std::int64_t>(shape[axis], 1);
  }
  return strides;
}

std::string indices_at(const Shape& shape, std::int64_t place) {
  std::string text;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    text = std::to_string(place % shape[axis]) + (text.empty() ? "" : ", ") + text;
    place /= shape[axis];
  }
  return text;
}

std::string to_string(const Shape& shape) {
  if (shape.rank() == 1) return fmt::format("({},)", shape[0]);
  return fmt::format("({})", fmt::join(shape.begin(), shape.end(), ", "));
}

int normal_axis(int axis, int rank, const char* op) {
  if (rank == 0) {
    throw ShapeError(fmt::format(
        "[{}] a number has no axes: got axis {}, need one; x.reshape({{1}}) has one", op, axis));
  }
  const int normal = axis < 0 ? axis + rank : axis;
  if (normal < 0 || normal >= rank) {
    throw ShapeError(fmt::format("[{}] no such axis: got {}, need {} <= axis < {} for rank {}", op,
                                 axis, -rank, rank, rank));
  }
  return normal;
}

Shape broadcast_shape(const Shape& a, const Shape& b, const char* op) {
  if (a == b) return a;
  const int rank = std::max(a.rank(), b.rank());
  std::array<std::int64_t, kMaxRank> sizes{};
  for (int axis = 0; axis < rank; ++axis) {
    const int in_a = axis - (rank - a.rank());
    const int in_b = axis - (rank - b.rank());
    const std::int64_t size_a = in_a < 0 ? 1 : a[in_a];
    const std::int64_t size_b = in_b < 0 ? 1 : b[in_b];
    if (size_a != size_b && size_a != 1 && size_b != 1) {
      throw ShapeError(fmt::format(
          "[{}] shapes do not broadcast: a is {}, b is {}, need equal sizes or 1 at axis {}", op,
          to_string(a), to_string(b), axis));
    }
    sizes[static_cast<std::size_t>(axis)] = size_a == 1 ? size_b : size_a;
  }
  return Shape(std::span<const std::int64_t>(sizes.data(), static_cast<std::size_t>(rank)));
}

}  // namespace nabla
