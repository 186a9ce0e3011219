// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/record.hpp>

// What the in-place forms have in common. Without history an elementwise result is written where the
// target lies, in one pass. Else it is computed first and copied over the target then, so an operand
// that overlaps the target is read before it is overwritten. A recorded result
// whose gradients read the target as it was (h *= x with a variable x) is not copied: the handle
// goes on as the result, and the former elements live as long as the sweep needs them.

namespace nabla::detail {

/// Gives `target` the elements of `result`, and its history.
/// Errors    GraphError if the target must not be changed (a variable, a view with history);
///           ShapeError or DTypeError if the result has another shape or dtype
Tensor& assign_in_place(Tensor& target, const Tensor& result, const char* op);

/// target = op(target, b), in place.
/// Errors    as above, and those of the op
template <class Op, class B>
Tensor& record_in_place(const Op& op, Tensor& target, const B& b, const char* name) {
  const auto& other = lift_tensor(b);
  const Tensor* operands[] = {&target, &other};
  if (Instantiate<Op>::overwrite(op, operands, name)) return target;
  return assign_in_place(target, Instantiate<Op>::apply(op, operands), name);
}

}  // namespace nabla::detail
