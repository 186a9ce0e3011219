// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/ops/inplace.hpp>

namespace nabla::detail {

namespace {

// True if places of the tensor may share an element: windows that overlap. Taken from the smallest
// step to the largest, each step of the views there are reaches beyond all smaller ones together.
bool overlaps(const Node& node) {
  std::vector<int> axes(node.rank);
  const auto size = [&node](int axis) { return node.sizes()[axis]; };
  const auto step = [&node](int axis) { return std::abs(node.strides()[axis]); };
  std::iota(axes.begin(), axes.end(), 0);
  std::sort(axes.begin(), axes.end(), [&](int a, int b) { return step(a) < step(b); });
  std::int64_t reach = 0;
  return std::any_of(axes.begin(), axes.end(), [&](int axis) {
    if (size(axis) == 1) return false;
    const bool is_short = step(axis) <= reach;
    reach += (size(axis) - 1) * step(axis);
    return is_short;
  });
}

void check_elements_are_its_own(const Tensor& target, const Tensor& result, const char* op) {
  const Node& node = *target.node();
  for (int axis = 0; axis < node.rank; ++axis) {
    if (node.strides()[axis] == 0 && node.sizes()[axis] > 1) {
      throw GraphError(fmt::format(
          "[{}] the target repeats its elements along axis {} (it was broadcast): they cannot be "
          "written one by one; clone() it first",
          op, axis));
    }
  }
  if (!target.is_contiguous() && overlaps(node)) {
    throw GraphError(
        fmt::format("[{}] places of the target may share elements (as of unfold and as_strided): "
                    "they cannot be "
                    "written one by one; clone() it first",
                    op));
  }
  // Another view of the same elements would show the new numbers without their history.
  if (result.node()->rule != nullptr && node.storage->current_references() > 1) {
    throw GraphError(fmt::format(
        "[{}] the target shares its elements with another tensor (a view, or what it is a view "
        "of), "
        "which would get the result's numbers but not its history; use the out-of-place form, "
        "concat or where, or clone() it first",
        op));
  }
}

}  // namespace

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
  check_elements_are_its_own(target, result, op);
  overwrite(target, result, op);
  return target;
}

}  // namespace nabla::detail
