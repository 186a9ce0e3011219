// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

// Shape: the sizes of a tensor, a small value without heap memory. Rank 0 is a single number.
// A size of 0 is legal: such a tensor has no elements. Whoever makes a tensor of a shape checks it, so
// that the error names the op that was asked for it.
//
//   Shape shape{2, 3};   // rank 2, 6 elements

namespace nabla {

/// Tensors have at most this many axes.
inline constexpr int kMaxRank = 8;
namespace detail {
[[noreturn]] void throw_rank(std::int64_t axes, std::string_view op);
}
/// Errors    ShapeError that names `op` if there are more
inline void check_rank(std::int64_t axes, std::string_view op) {
  if (axes > kMaxRank) detail::throw_rank(axes, op);
}

class Shape {
 public:
  constexpr Shape() = default;
  /// Errors    ShapeError on more than kMaxRank sizes
  Shape(std::initializer_list<std::int64_t> sizes)
      : Shape(std::span<const std::int64_t>(sizes.begin(), sizes.size())) {}
  explicit Shape(std::span<const std::int64_t> sizes) : rank_(static_cast<int>(sizes.size())) {
    check_rank(static_cast<std::int64_t>(sizes.size()), "shape");
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) sizes_[axis] = sizes[axis];
  }

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] std::int64_t operator[](int axis) const {
    return sizes_[static_cast<std::size_t>(axis)];
  }
  /// Errors    ShapeError that names `op` on a negative size, or more than 2^59 elements
  void check(std::string_view op) const {
    // A product with a zero factor must not hide an overflow of the others: strides use them too.
    std::int64_t count = 1;
    bool fits = true;
    for (const std::int64_t size : *this)
      fits = fits && !__builtin_mul_overflow(count, size < 1 ? 1 : size, &count) && size >= 0;
    if (!fits || count > kMostElements) [[unlikely]]
      throw_size(op);
  }
  /// How many elements a tensor of this shape has.
  [[nodiscard]] std::int64_t numel() const {
    std::int64_t count = 1;
    for (const std::int64_t size : *this) count *= size;
    return count;
  }
  [[nodiscard]] const std::int64_t* begin() const { return sizes_.data(); }
  [[nodiscard]] const std::int64_t* end() const { return sizes_.data() + rank_; }

  /// This shape with axis `axis` resized, without it, or with a new axis in front of it.
  [[nodiscard]] Shape with(int axis, std::int64_t size) const {
    Shape result = *this;
    result.sizes_[static_cast<std::size_t>(axis)] = size;
    return result;
  }
  [[nodiscard]] Shape without(int axis) const;
  [[nodiscard]] Shape inserted(int axis, std::int64_t size) const;

  bool operator==(const Shape& other) const {
    if (rank_ != other.rank_) return false;
    for (int axis = 0; axis < rank_; ++axis)
      if ((*this)[axis] != other[axis]) return false;
    return true;
  }

 private:
  static constexpr std::int64_t kMostElements = std::int64_t{1}
                                                << 59;  // of 8 bytes each, the bytes fit as well
  [[noreturn]] void throw_size(std::string_view op) const;

  std::array<std::int64_t, kMaxRank> sizes_{};
  int rank_ = 0;
};

/// A step in elements for each axis.
using Strides = std::array<std::int64_t, kMaxRank>;

/// The strides of a row-major tensor without gaps.
[[nodiscard]] Strides contiguous_strides(const Shape& shape);

/// "(2, 3)"
[[nodiscard]] std::string to_string(const Shape& shape);
/// The indices of the element at this row-major place, as "1, 0"; empty for rank 0.
[[nodiscard]] std::string indices_at(const Shape& shape, std::int64_t place);

/// Axis counted from the front: -1 is the last one.
/// Errors    ShapeError that names `op` if there is no such axis
[[nodiscard]] int normal_axis(int axis, int rank, const char* op);

/// The shape that `a` and `b` broadcast to, by NumPy's rule: axes are aligned at the end, and a
/// size of 1 stretches.
/// Errors    ShapeError that names `op` and both shapes
[[nodiscard]] Shape broadcast_shape(const Shape& a, const Shape& b, const char* op);

}  // namespace nabla
