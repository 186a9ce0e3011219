// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>

namespace nabla {

/// A row for each label, 1 at the label's place and 0 elsewhere.
/// Shapes    labels int64 (...) -> (..., classes)
/// Errors    DTypeError unless labels are int64; DomainError on a label that is not in
///           0, ..., classes - 1
[[nodiscard]] Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype = float32);

}  // namespace nabla
