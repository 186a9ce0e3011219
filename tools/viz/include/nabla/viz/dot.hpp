// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <nabla/viz/picture.hpp>
#include <nabla/viz/view.hpp>

// DOT text of a computation: one box a node with value and gradient, the local derivative on each
// edge (as a node e0, e1, ... in the middle of it), scopes as frames, gradients as a heat map; all of
// it as PictureOptions say. Where lines that pass many ranks would take Graphviz long, as those of a
// weight that all steps of a loop use, they branch off a common trunk, at points p0, p1, ... The
// same graph gives the same bytes always; box sizes are computed from the text, so they do not
// depend on fonts.
// The text contains the numbers of the graph; `values = false` leaves them out.
// Safe from several threads as long as nobody else uses libcgraph meanwhile.
//
//   std::string text = to_dot(graph, {.theme = Theme::dark});

namespace nabla::viz {

/// `graph` as DOT.
/// Errors    GraphError if `graph` is not consistent; DomainError if the precision is out of range
/// Accuracy  numbers carry `options.precision` significant digits
[[nodiscard]] std::string to_dot(const Graph& graph, const PictureOptions& options = {});

/// A view of `graph` as DOT; `options.view` is not used.
[[nodiscard]] std::string to_dot(const Graph& graph, const View& view,
                                 const PictureOptions& options);

}  // namespace nabla::viz
