// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/graph.hpp>

// How long the operations of a computation take, for pictures that are filled by time. A snapshot holds
// no times, since nothing is measured while a computation is recorded; these are measured afterwards.
//
//   Graph graph = capture(loss);
//   viz::add_times(graph, loss);
//   viz::save(graph, "loss.svg", {.picture = {.color = viz::ColorBy::time}});

namespace nabla::viz {

/// Computes each operation behind `root` again and fills in GraphNode::seconds: the shortest of a few times,
/// without what recording costs, and without the sweep. Elements that are taken from tensors or stacked, and
/// functions of the user's on Values, have none.
/// Requires  `graph` is capture(root)
/// Errors    GraphError if it is the graph of something else, or if the history of `root` was freed;
///           whatever an operation throws
/// Cost      four evaluations of each operation on tensors, some hundred of each on Values
void add_times(Graph& graph, const Value& root);
void add_times(Graph& graph, const Tensor& root);

}  // namespace nabla::viz
