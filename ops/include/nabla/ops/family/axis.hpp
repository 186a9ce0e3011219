// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include <nabla/engine/shape.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/reshape.hpp>

// The axis of ops that run along lines. A number counts as a line of one element, along axis 0 or -1, as
// in NumPy and PyTorch; ops that change the axes themselves, or cut them, refuse it.

namespace nabla::detail {

/// An operand beside x: where x is a number, a number is a line as well.
[[nodiscard]] inline Tensor line_beside(const Tensor& x, const Tensor& operand) {
  return x.rank() == 0 && operand.rank() == 0 ? reshape(operand, {1}) : operand;
}
/// A result for x, of lines: where x is a number, one element is a number as well.
[[nodiscard]] inline Tensor result_for(const Tensor& x, const Tensor& y) {
  return x.rank() == 0 && y.rank() > 0 && y.numel() == 1 ? reshape(y, {}) : y;
}

/// f(x, axis) of a tensor with axes, of which one is named by `axis`: a result, or values and indices.
/// Errors    ShapeError that names `op` if there is no such axis
template <class F>
[[nodiscard]] auto along_axis(const Tensor& x, int axis, const char* op, const F& f) {
  if (defined(x, op).rank() > 0) return f(x, normal_axis(axis, x.rank(), op));
  const Tensor lines = line_beside(x, x);
  const auto result = f(lines, normal_axis(axis, lines.rank(), op));
  if constexpr (std::is_same_v<std::remove_cv_t<decltype(result)>, Tensor>) {
    return result_for(x, result);
  } else {
    return std::remove_cv_t<decltype(result)>{result_for(x, result.values),
                                              result_for(x, result.indices)};
  }
}

}  // namespace nabla::detail
