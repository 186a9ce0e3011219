// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <nabla/engine/graph.hpp>

// Finite differences beside the gradients of a snapshot: each node's number is moved, what was computed
// from it is computed again, and the slope of the root that shows is held against the gradient of the
// sweep. The page of nabla::viz has a column of them.
//
//   Graph graph = capture(loss);
//   check::add_differences(graph, loss);
//   viz::save(graph, "loss.html");

namespace nabla::check {

struct DifferenceOptions {
  /// Of so many numbers one evaluation for each node with a difference may consist, in all; a call on a
  /// tensor counts as 20.
  std::size_t most_numbers = 50'000;
};

/// Fills in GraphNode::difference of nodes that have a gradient, as gradcheck judges one number: the slope
/// by a node, operations included; by a tensor of several elements the slope along its gradient, which is
/// the norm of that. What was recorded in float32 is computed again in float64. Of a graph with too many
/// numbers some nodes have theirs, variables first, at least one; of one that leads from Values to Tensors or
/// back, or through functions of the user's on Values, none has.
/// Requires  `graph` is capture(root), and nothing behind it was changed since
/// Errors    GraphError if it is the graph of something else, or if the history of `root` was freed
/// Cost      some dozen evaluations of the graph for each node that gets one; and a sweep, which hooks of the
///           user's see
void add_differences(Graph& graph, const Value& root, const DifferenceOptions& options = {});
void add_differences(Graph& graph, const Tensor& root, const DifferenceOptions& options = {});

}  // namespace nabla::check
