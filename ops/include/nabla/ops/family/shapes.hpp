// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <nabla/engine/tensor.hpp>
#include <nabla/ops/registry.hpp>

// The loops of ops that move elements, whatever numbers they are.

namespace nabla {

/// How pad() fills what it adds along an axis, for 1 2 3 and two elements on each side.
enum class PadMode {
  constant,   ///< 0 0 1 2 3 0 0, or another number
  reflect,    ///< 3 2 1 2 3 2 1
  replicate,  ///< 1 1 1 2 3 3 3
  circular    ///< 2 3 1 2 3 1 2
};

/// How many elements padding adds at both ends of an axis; a negative number takes some away.
struct Padding {
  std::int64_t before = 0;
  std::int64_t after = 0;
};

namespace detail {

/// y[i + shift mod n] = x[i] along each axis.
/// Requires  0 <= shift < n, or 0; y is contiguous, of the shape and dtype of x
void copy_rolled(const Tensor& x, const std::array<std::int64_t, kMaxRank>& shifts, Tensor& y);

/// The matrices of the last two axes where lowest <= j - i <= highest, 0 elsewhere.
/// Requires  y is contiguous, of the shape and dtype of x
void copy_band(const Tensor& x, std::int64_t lowest, std::int64_t highest, Tensor& y);
/// Errors    ShapeError that names `op` unless x has two axes
void check_two_axes(const Tensor& x, std::string_view op);

/// y = x with `value` all around, and without what negative widths cut off.
/// Requires  y is contiguous, as much larger as the widths say
void copy_framed(const Tensor& x, const std::array<Padding, kMaxRank>& widths, double value,
                 Tensor& y);

/// Errors    ShapeError that names `op` unless |width| <= 2^59, so that sums with sizes do not overflow
void check_width(std::int64_t width, std::string_view op);
/// Errors    ShapeError that names `op` unless n elements can be continued like that
void check_padding(std::int64_t n, std::int64_t before, std::int64_t after, PadMode mode,
                   std::string_view op);
/// y = x from the place `before` on along an axis, and around it what `mode` says.
/// Requires  y is contiguous; mode is not constant
void copy_padded(const Tensor& x, int axis, std::int64_t before, PadMode mode, Tensor& y);
/// The transpose of copy_padded: y = the sum of the elements of x that would come from there.
/// Requires  x is floating
void add_padded(const Tensor& x, int axis, std::int64_t before, PadMode mode, Tensor& y);

/// y[w step + k] = the sum of x[w, ..., k], for windows w along an axis and places k, the last axis.
/// Requires  x is floating; y is contiguous
void add_windows(const Tensor& x, int axis, std::int64_t step, Tensor& y);

/// A step in elements for each axis of a view of n elements.
/// Errors    ShapeError that names `op` unless there is one for each axis, 0 or more, and all places lie
///           among the elements
[[nodiscard]] Strides checked_steps(const Shape& shape, std::span<const std::int64_t> strides,
                                    std::int64_t offset, std::int64_t n, std::string_view op);
/// y[offset + i s_0 + j s_1 + ..] = the sum of the x[i, j, ..] that have this place, 0 for none.
/// Requires  x is floating; y is contiguous; the places lie in it
void add_strided(const Tensor& x, const Strides& strides, std::int64_t offset, Tensor& y);

}  // namespace detail
}  // namespace nabla
