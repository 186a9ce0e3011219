// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include <nabla/ops/family/triangle.hpp>

namespace nabla {
namespace op {
struct Triu : Triangle<Triu> {
  static constexpr OpInfo info{.name = "triu",
                               .formula = "y = x where j - i >= diagonal, 0 elsewhere",
                               .gradient = "dL/dx = g where j - i >= diagonal, 0 elsewhere",
                               .accuracy = "exact",
                               .source = "definition"};
  static Band side(std::int64_t diagonal) {
    return {diagonal, std::numeric_limits<std::int64_t>::max()};
  }
};
}  // namespace op

/// The elements on and above the diagonal j = i + `diagonal` of the matrices in the last two axes; 0
/// elsewhere.
/// Shapes    (..., n, m), unchanged
/// Errors    ShapeError if there are no two axes
[[nodiscard]] inline Tensor triu(const Tensor& x, std::int64_t diagonal = 0) {
  return op::Triu::of(x, diagonal);
}
}  // namespace nabla
