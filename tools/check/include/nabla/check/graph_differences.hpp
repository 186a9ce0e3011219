// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/graph.hpp>

// Finite differences beside the gradients of a snapshot: each node's number is moved, what was computed
// from it is computed again, and the slope of the root that shows is held against the gradient of the
// sweep. The page of nabla::viz has a column of them.
//
//   Graph graph = capture(loss);
//   check::add_differences(graph, loss);
//   viz::save(graph, "loss.html");

namespace nabla::check {

/// Fills in GraphNode::difference of nodes that have a gradient, as gradcheck judges one number: the slope
/// by a node, operations included; by a tensor of several elements the slope along its gradient, which is
/// the norm of that. What was recorded in float32 is computed again in float64. Of a large graph
/// some nodes have theirs, variables first, of the largest one node; of one that leads from Values to Tensors or back, or through
/// functions of the user's on Values, none has.
/// Requires  `graph` is capture(root), and nothing behind it was changed since
/// Errors    GraphError if it is the graph of something else, or if the history of `root` was freed
/// Cost      some dozen evaluations of the graph for each node: for so many that the graph has 50,000 numbers
///           times their count, or for one; and a sweep, which hooks of the user's see
void add_differences(Graph& graph, const Value& root);
void add_differences(Graph& graph, const Tensor& root);

}  // namespace nabla::check
