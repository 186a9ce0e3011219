// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <nabla/viz/picture.hpp>
#include <nabla/viz/recording.hpp>

// The explorer: a computation as one HTML file that needs nothing else, no network, no library. Its
// reader moves through the graph, searches, opens and closes scopes, sees values and gradients as a heat
// map, and plays backpropagation: each product of the chain rule with its symbols, its numbers and the
// running sum, in the order in which the sweep made them. Places are computed here; the page draws.
// The policy in the file lets it run its own script only and load nothing.
// The file contains the numbers of the graph; `values = false` leaves them out.
// The same graph gives the same bytes always. Safe from several threads.
//
//   std::string page = to_html(capture(loss), {.title = "one neuron"});

namespace nabla::viz {

/// A picture that stands below the graph: SVG as of plot.hpp, a descent path or a decision boundary, say.
struct Figure {
  std::string title;
  std::string svg;
};

/// `graph` as HTML. Of `options` these matter: those of the view, where `max_nodes` is how many boxes are
/// open at first and `depth` how deep (what is closed opens on a click); `theme`, where light
/// and dark begin so and else the reader's system decides (print is as light); `values`, `color` but for that of ops, `title` and `stamp`.
/// A graph of more than 20,000 nodes is folded to as many boxes, and has no player then; nor has one whose
/// root the view leaves out. Beside gradients stand the finite differences that check::add_differences put into the
/// graph, or "not recorded".
/// Beside a node stand the line where it was given its name, if it was, and that where its scope was opened.
/// Figures are images in the page, in which no script runs. Nothing moves that the reader did not start, so
/// there is nothing that a wish for reduced motion would switch off.
/// Errors    GraphError if `graph` is not consistent; FormatError if a glob describes nothing in it
[[nodiscard]] std::string to_html(const Graph& graph, const PictureOptions& options = {},
                                  const std::vector<Figure>& figures = {});

/// The graph of a training run, and a slider that puts the values and gradients of its frames there;
/// below, its charts and then the figures. Of a run whose frames take more than 16 MiB every k-th is
/// there, with the first, the last and that where numbers stop being finite; the page says how many of
/// how many.
/// The player plays the first frame, whose products were recorded.
/// Errors    as above; ShapeError if a frame has not a number for each node
[[nodiscard]] std::string to_html(const Recording& recording, const PictureOptions& options = {},
                                  const std::vector<Figure>& figures = {});

}  // namespace nabla::viz
