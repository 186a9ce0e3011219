// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nabla/engine/graph.hpp>
#include <nabla/viz/diagnose.hpp>

// View is what a picture shows of a Graph: boxes, arrows and frames. Small graphs are shown node by
// node; above the budget scopes are collapsed, deepest first, into one box each, equal siblings
// are folded into one ("neuron x 16"; of a row of them the first and the last stay open), without
// scopes the steps of loops are, and where nothing repeats, the neighbourhood of the root
// is shown and the rest in bands by depth. A gradient that was recorded, and what is computed from it,
// stands in a lane below what it is the gradient of. Indices refer to the graph, which the view does
// not own.
//
//   View view = make_view(graph, {.max_nodes = 100});

namespace nabla::viz {

/// What Graphviz lays out within about a second.
inline constexpr std::size_t kUsualCost = 3000;
/// Above so many arrows none has its number, unless PictureOptions say otherwise.
inline constexpr std::size_t kMostNumbers = 240;

struct ViewOptions {
  std::size_t max_nodes = 400;        ///< budget of boxes; 0 shows everything
  std::size_t max_cost = kUsualCost;  ///< budget of Graphviz' work, see layout_cost; 0 = no limit
  std::size_t depth = 8;              ///< scopes nested deeper than this become one box each
  bool fold_constants = true;  ///< unnamed scalar constants move into the label of their user

  // Globs of scopes, written with those around them: "layer1/neuron*".
  std::vector<std::string> expand = {};    ///< these stay open, whatever depth and budget say
  std::vector<std::string> collapse = {};  ///< these become one box each

  // Which nodes are shown at all; the names are globs of the names that pictures give, or of ops.
  std::string focus = {};                    ///< these nodes and what is near them; empty is all
  std::size_t hops = 2;                      ///< so many edges away is near
  std::string path_from = {}, path_to = {};  ///< what lies between; both or none
  std::size_t top_gradients = 0;  ///< so many with the greatest gradients, and the root; 0 is all
  bool only_gradients = false;    ///< those that a gradient reached

  DiagnoseOptions diagnosis = {};  ///< where trouble begins
};

/// A node, or several that are shown as one.
struct Box {
  enum class Kind : std::uint8_t { node, group, hidden };
  Kind kind = Kind::node;
  std::uint32_t node = 0;   ///< index into Graph::nodes; of a group the last of its nodes
  std::uint32_t scope = 0;  ///< the frame it stands in
  std::uint32_t level = 1;  ///< GraphNode::level of its nodes: the lane it stands in
  std::string title;        ///< of a group: "neuron"; of what is hidden: "depth 3 to 17"
  std::size_t repeat = 1;   ///< how many equal siblings this box stands for
  std::size_t nodes = 1;    ///< how many nodes of the graph it stands for
  std::size_t parameters = 0;
  double min_gradient = 0.0, median_gradient = 0.0,
         max_gradient = 0.0;  ///< of |grad| over its nodes
  bool has_gradient = false;
  /// Of equal siblings the median of |grad| of each, in their order: infinity where one of it is not
  /// finite, -1 where no gradient came.
  std::vector<double> siblings = {};
  double bytes = 0.0, saved_bytes = 0.0, seconds = 0.0;  ///< GraphNode's, added up over its nodes
  bool non_finite = false;  ///< a value or gradient in it is NaN or infinite
  bool is_origin = false;   ///< the first of those is in it
  /// There is such a box, and this one is neither not finite nor on the way there: before the first value
  /// that is not, or between the root and the first gradient that is not.
  bool is_aside = false;
  bool has_remark = false;  ///< a node in it has GraphNode::remark
  std::size_t flagged = 0;  ///< nodes in it that there are findings about

  bool operator==(const Box&) const = default;
};

/// What flows from one box to another; several edges where a group is at either end.
struct Arrow {
  std::uint32_t from = 0, to = 0;  ///< indices into View::boxes
  std::uint32_t edge = 0;          ///< index into Graph::edges, the first if there are several
  std::size_t edges = 1;
  bool is_zero = false;  ///< all it adds to gradients is zero

  bool operator==(const Arrow&) const = default;
};

/// A scope drawn around its boxes.
struct Frame {
  std::uint32_t scope = 0;   ///< index into Graph::scopes
  std::uint32_t parent = 0;  ///< the scope of the frame around this one; 0 without one
  std::uint32_t level = 1;   ///< of what is in it

  bool operator==(const Frame&) const = default;
};

struct View {
  std::vector<Box> boxes;
  std::vector<Arrow> arrows;
  /// Boxes in the place of nodes: indices into `boxes`. Dotted lines, which no layout follows.
  std::vector<GraphAdjoint> adjoints = {};
  std::vector<Frame> frames;         ///< parents first
  std::vector<std::uint32_t> lanes;  ///< the levels, if there are several: a band each
  std::size_t total_nodes = 0;       ///< nodes of the graph
  std::size_t shown_nodes = 0;       ///< those with a box of their own or a place in a label
  std::vector<Finding> findings;     ///< what is wrong in the whole graph

  bool operator==(const View&) const = default;
};

/// What to show of `graph` within the budget.
/// Errors    GraphError if `graph` is not consistent; FormatError if a glob describes nothing in it
/// Cost      O(nodes + edges) for each level of scopes
[[nodiscard]] View make_view(const Graph& graph, const ViewOptions& options = {});

/// Estimate of what Graphviz has to do for `view`: boxes, arrows, and the ranks that arrows pass, each of
/// which is a point that it places. Its time grows with the square of that and more: 3000 takes it about
/// a second, 5000 up to 20 (loops whose steps all use one weight).
[[nodiscard]] std::size_t layout_cost(const View& view);

}  // namespace nabla::viz
