// SPDX-License-Identifier: MIT
#include <nabla/ops/compare.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/truth.hpp>

namespace nabla {
namespace {

// How many of these conditions hold; an error names the caller.
Tensor count(const Tensor& condition, const Axes& axes, bool keepdim, const char* op) {
  op::Sum sum{};
  sum.mask = axes.mask(condition.rank(), op);
  sum.keepdim = keepdim;
  return record_structured(sum, condition);
}

}  // namespace

Tensor count_nonzero(const Tensor& x, const Axes& axes, bool keepdim) {
  return count(detail::defined(x, "count_nonzero") != 0, axes, keepdim, "count_nonzero");
}

Tensor any(const Tensor& x, const Axes& axes, bool keepdim) {
  return count(detail::defined(x, "any") != 0, axes, keepdim, "any") > 0;
}

Tensor all(const Tensor& x, const Axes& axes, bool keepdim) {
  return count(detail::defined(x, "all") == 0, axes, keepdim, "all") == 0;
}

}  // namespace nabla
