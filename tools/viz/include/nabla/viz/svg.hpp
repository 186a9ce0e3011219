// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <nabla/viz/picture.hpp>
#include <nabla/viz/view.hpp>

// SVG of a computation in our own layered layout, for graphs of any size: what DOT says, placed
// without Graphviz, in time that grows with the picture. The same graph gives the same bytes always,
// whatever fonts there are.
//
//   std::string text = to_svg(graph, {.view = {.max_nodes = 0}});

namespace nabla::viz {

/// `graph` as SVG. `options.view.max_cost`, a budget of Graphviz', does not matter.
/// Errors    GraphError if `graph` is not consistent; DomainError if the precision is out of range
/// Accuracy  numbers carry `options.precision` significant digits
/// Units     points, 1/72 inch
[[nodiscard]] std::string to_svg(const Graph& graph, const PictureOptions& options = {});

/// A view of `graph` as SVG; `options.view` is not used.
[[nodiscard]] std::string to_svg(const Graph& graph, const View& view,
                                 const PictureOptions& options);

}  // namespace nabla::viz
