// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>

namespace nabla {

/// The index of the greatest element along an axis, the first one at a tie; NaN counts as greatest.
/// Shapes    x -> int64, x without the axis, or with size 1 there (keepdim)
/// Errors    ShapeError if there is no such axis or it is empty
[[nodiscard]] Tensor argmax(const Tensor& x, int axis, bool keepdim = false);
[[nodiscard]] Tensor argmin(const Tensor& x, int axis, bool keepdim = false);
/// The same among all elements, counted in row-major order.
/// Shapes    x -> int64 ()
/// Errors    ShapeError if there are no elements
[[nodiscard]] Tensor argmax(const Tensor& x);
[[nodiscard]] Tensor argmin(const Tensor& x);
inline Tensor Tensor::argmax(int axis, bool keepdim) const {
  return nabla::argmax(*this, axis, keepdim);
}
inline Tensor Tensor::argmax() const { return nabla::argmax(*this); }

}  // namespace nabla
