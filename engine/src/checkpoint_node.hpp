// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <nabla/engine/node.hpp>
#include <nabla/engine/tensor.hpp>

namespace nabla::detail {

/// True if a checkpoint gave this.
[[nodiscard]] bool is_checkpoint(const Node& node);
/// The function of the checkpoint on these operands, with the random numbers of the first time.
/// Errors    GraphError if it now gives another shape or element type; whatever it throws
[[nodiscard]] Tensor compute_again(Node& node, std::span<const Tensor> operands);

}  // namespace nabla::detail
