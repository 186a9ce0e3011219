// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>

// What the in-place forms have in common. The result is computed first and copied over the target
// then, so an operand that overlaps the target is read before it is overwritten.

namespace nabla::detail {

/// Overwrites the elements of `target` with those of `result`, and takes over its history.
/// Errors    GraphError if the target must not be changed (a variable, a view with history);
///           ShapeError or DTypeError if the result has another shape or dtype
Tensor& assign_in_place(Tensor& target, const Tensor& result, const char* op);

}  // namespace nabla::detail
