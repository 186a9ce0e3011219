// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include <nabla/ops/family/triangle.hpp>

namespace nabla {
namespace op {
struct Tril : Triangle<Tril> {
  static constexpr OpInfo info{.name = "tril",
                               .formula = "y = x where j - i <= diagonal, 0 elsewhere",
                               .gradient = "dL/dx = g where j - i <= diagonal, 0 elsewhere",
                               .accuracy = "exact",
                               .source = "definition"};
  static Band side(std::int64_t diagonal) {
    return {std::numeric_limits<std::int64_t>::min(), diagonal};
  }
};
}  // namespace op

/// The elements on and below the diagonal j = i + `diagonal` of the matrices in the last two axes; 0
/// elsewhere.
/// Shapes    (..., n, m), unchanged
/// Errors    ShapeError if there are no two axes
[[nodiscard]] inline Tensor tril(const Tensor& x, std::int64_t diagonal = 0) {
  return op::Tril::of(x, diagonal);
}
}  // namespace nabla
