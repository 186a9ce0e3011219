// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include <nabla/engine/tensor.hpp>

namespace nabla::detail {

/// Forward mode: how `y` changes where each x changes by its direction. What was recorded up to number
/// `since` does not change. The operations between them are taken in the order in which they were
/// computed, each when the tangents of all its operands are known.
/// Shapes    a direction is as its x; the tangent as y
/// Errors    GraphError if something between was stacked from Values or was changed in place
[[nodiscard]] Tensor tangent_of(const Tensor& y, std::span<const Tensor> xs,
                                std::span<const Tensor> directions, std::uint64_t since);

}  // namespace nabla::detail
