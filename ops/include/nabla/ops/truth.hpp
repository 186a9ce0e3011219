// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>

// What reductions of conditions say. An element that is not 0 counts as true, NaN too. No gradients.

namespace nabla {

/// How many elements over axes are not 0.
/// Shapes    x -> int64, x without the axes (all of them by default), or with size 1 there (keepdim)
[[nodiscard]] Tensor count_nonzero(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

/// True where one, where every element over axes is not 0; of no elements, false and true. Without
/// axes, any(x) and all(x) are plain bool.
/// Shapes    x -> boolean, x without the axes, or with size 1 there (keepdim)
[[nodiscard]] Tensor any(const Tensor& x, const Axes& axes, bool keepdim = false);
[[nodiscard]] Tensor all(const Tensor& x, const Axes& axes, bool keepdim = false);

}  // namespace nabla
