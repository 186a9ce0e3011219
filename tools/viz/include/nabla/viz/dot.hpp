// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <nabla/viz/view.hpp>

// DOT text of a computation: one box a node with value and gradient, the local derivative on each
// edge (as a node e0, e1, ... in the middle of it), scopes as frames, gradients as a heat map. The
// same graph gives the same bytes always; box sizes are computed from the text, so they do not
// depend on fonts.
// The text contains the numbers of the graph; `values = false` leaves them out.
// Safe from several threads as long as nobody else uses libcgraph meanwhile.
//
//   std::string text = to_dot(graph, {.theme = Theme::dark});

namespace nabla::viz {

enum class Theme {
  light,  ///< white background
  dark,   ///< nearly black background
  print,  ///< transparent background, greys only
};

struct DotOptions {
  ViewOptions view = {};
  Theme theme = Theme::light;
  bool values = true;    ///< numbers in boxes and on edges
  bool heat_map = true;  ///< boxes filled by sign and decade of the gradient
  bool legend = true;
  bool left_to_right = true;          ///< else top to bottom
  std::size_t max_edge_labels = 240;  ///< above so many arrows none has its number
  double max_width_inches = 0.0;      ///< pictures above this size are scaled down; 0 = no limit
  double max_height_inches = 0.0;
  double dots_per_inch = 0.0;  ///< of bitmaps; 0 leaves it to Graphviz, which takes 96
  std::string title = {};
};

/// `graph` as DOT.
/// Errors    GraphError if `graph` is not consistent
/// Accuracy  numbers carry six significant digits
[[nodiscard]] std::string to_dot(const Graph& graph, const DotOptions& options = {});

/// A view of `graph` as DOT; `options.view` is not used.
[[nodiscard]] std::string to_dot(const Graph& graph, const View& view, const DotOptions& options);

}  // namespace nabla::viz
