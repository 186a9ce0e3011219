// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>

namespace nabla {

/// Which place among equal numbers searchsorted() names.
enum class SearchSide {
  left,  ///< before them: sorted[i - 1] < v <= sorted[i]
  right  ///< behind them: sorted[i - 1] <= v < sorted[i]
};

/// The places in ascending numbers at which values would be inserted to keep the order. NaN is greater
/// than all numbers and equal to itself. No gradients.
/// Shapes    sorted (n), values (...) -> int64 (...); or sorted (..., n), values (..., m) -> (..., m) with
///           a row of the one for each row of the other
/// Requires  each row of `sorted` ascends
/// Errors    ShapeError if the axes before the last differ, or sorted is a number; DTypeError unless both
///           are of one type
/// Cost      log n comparisons a value
[[nodiscard]] Tensor searchsorted(const Tensor& sorted, const Tensor& values,
                                  SearchSide side = SearchSide::left);

}  // namespace nabla
