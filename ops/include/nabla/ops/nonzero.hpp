// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>

// What depends on which elements hold, or are equal: the shape of these results is known only when they
// are computed.

namespace nabla {

/// The places of the elements that are not 0, in row-major order. NaN is not 0.
/// Shapes    x -> int64 (count, rank)
[[nodiscard]] Tensor nonzero(const Tensor& x);

/// The elements of x where the mask holds, in row-major order; those left out get no gradient.
/// Shapes    x and mask broadcast together -> (count)
/// Errors    ShapeError if they do not; DTypeError unless the mask is boolean
[[nodiscard]] Tensor masked_select(const Tensor& x, const Tensor& mask);

/// x with the elements of the source, in row-major order, where the mask holds; x has no gradient there,
/// and what is left of the source has none.
/// Shapes    x and mask broadcast together -> their common shape; the source may have any
/// Errors    ShapeError if they do not, or the source has too few elements; DTypeError unless the mask is
///           boolean, and x and source of one type
[[nodiscard]] Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source);

struct UniqueResult {
  Tensor values;   ///< each number once, ascending; NaN last, each NaN for itself
  Tensor inverse;  ///< like x: which of the values an element is
  Tensor counts;   ///< how often each occurs
};
/// The different numbers among the elements. No gradients.
/// Shapes    x -> values (m), inverse int64 like x, counts int64 (m)
[[nodiscard]] UniqueResult unique(const Tensor& x);

}  // namespace nabla
