// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <nabla/engine/node.hpp>

// Which nodes are the gradients of which others, as recorded sweeps found them, so that snapshots can
// tell. Nodes in such a pair have the flag kLinked. A pair keeps neither of them alive and is forgotten
// with the first that dies. One table for all threads: a tensor may die in another one than it was made.

namespace nabla::detail {

/// Notes that `gradient` is what a sweep brought to `of`.
/// Errors    std::bad_alloc, without a change
void link_gradient(Node& gradient, Node& of);

/// The nodes that `gradient` is the gradient of, in no order.
[[nodiscard]] std::vector<const Node*> differentiated_by(const Node& gradient);

/// Forgets the pairs of a node that dies.
void unlink_gradients(const Node& node) noexcept;

}  // namespace nabla::detail
