// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/ops/inplace.hpp>

namespace nabla::detail {

Tensor& assign_in_place(Tensor& target, const Tensor& result, const char* op) {
  check_writable(target, op);
  if (result.shape() != target.shape()) {
    throw ShapeError(fmt::format(
        "[{}] the result does not fit in place: got {}, need {}; use the out-of-place form", op,
        to_string(result.shape()), to_string(target.shape())));
  }
  if (result.dtype() != target.dtype()) {
    throw DTypeError(fmt::format(
        "[{}] the result does not fit in place: got {}, need {}; use the out-of-place form", op,
        name_of(result.dtype()), name_of(target.dtype())));
  }
  overwrite(target, result, op);
  return target;
}

}  // namespace nabla::detail
