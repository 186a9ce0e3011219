// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>

// What the in-place forms have in common. The result is computed first and copied over the target
// then, so an operand that overlaps the target is read before it is overwritten. A recorded result
// whose gradients read the target as it was (h *= x with a variable x) is not copied: the handle
// goes on as the result, and the former elements live as long as the sweep needs them.

namespace nabla::detail {

/// Gives `target` the elements of `result`, and its history.
/// Errors    GraphError if the target must not be changed (a variable, a view with history);
///           ShapeError or DTypeError if the result has another shape or dtype
Tensor& assign_in_place(Tensor& target, const Tensor& result, const char* op);

}  // namespace nabla::detail
