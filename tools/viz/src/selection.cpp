// SPDX-License-Identifier: MIT
#include "selection.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/glob.hpp>

#include "names.hpp"
#include "text.hpp"

namespace nabla::viz::detail {
namespace {

// Nodes that a glob describes, in their order.
std::vector<std::uint32_t> named(const Graph& graph, const std::vector<std::string>& names,
                                 const std::string& glob) {
  std::vector<std::uint32_t> nodes;
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    if (matches_glob(names[i], glob) || (!node.name.empty() && matches_glob(node.name, glob)) ||
        (!node.op.empty() && matches_glob(node.op->name, glob)))
      nodes.push_back(i);
  }
  if (nodes.empty())
    throw FormatError(fmt::format(
        "[view] got \"{}\", which no node of the graph is called; need a name that its pictures "
        "give, or an op",
        clean_line(glob)));
  return nodes;
}

// Operands or users of each node.
std::vector<std::vector<std::uint32_t>> adjacent(const Graph& graph, bool users) {
  std::vector<std::vector<std::uint32_t>> lists(graph.nodes.size());
  for (const GraphEdge& edge : graph.edges)
    users ? lists[edge.from].push_back(edge.to) : lists[edge.to].push_back(edge.from);
  return lists;
}

// What can be reached from `start` in at most so many steps.
std::vector<bool> reached(const std::vector<std::vector<std::uint32_t>>& next,
                          std::vector<std::uint32_t> start, std::size_t steps) {
  std::vector<bool> seen(next.size(), false);
  for (const std::uint32_t node : start) seen[node] = true;
  for (std::size_t step = 0; step < steps && !start.empty(); ++step) {
    std::vector<std::uint32_t> found;
    for (const std::uint32_t node : start) {
      for (const std::uint32_t to : next[node]) {
        if (seen[to]) continue;
        seen[to] = true;
        found.push_back(to);
      }
    }
    start = std::move(found);
  }
  return seen;
}

void keep_focus(const Graph& graph, const std::vector<std::string>& names,
                const ViewOptions& options, std::vector<bool>& kept) {
  const std::vector<std::uint32_t> centre = named(graph, names, options.focus);
  const std::vector<bool> before = reached(adjacent(graph, false), centre, options.hops);
  const std::vector<bool> behind = reached(adjacent(graph, true), centre, options.hops);
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = kept[i] && (before[i] || behind[i]);
}

void keep_path(const Graph& graph, const std::vector<std::string>& names,
               const ViewOptions& options, std::vector<bool>& kept) {
  if (options.path_from.empty() || options.path_to.empty())
    throw FormatError("[view] got one end of a path, need both");
  const std::size_t all = graph.nodes.size();
  const std::vector<bool> behind =
      reached(adjacent(graph, true), named(graph, names, options.path_from), all);
  const std::vector<bool> before =
      reached(adjacent(graph, false), named(graph, names, options.path_to), all);
  bool any = false;
  for (std::size_t i = 0; i < all; ++i) {
    any = any || (before[i] && behind[i]);
    kept[i] = kept[i] && before[i] && behind[i];
  }
  if (!any)
    throw FormatError(fmt::format("[view] no path leads from \"{}\" to \"{}\"",
                                  clean_line(options.path_from), clean_line(options.path_to)));
}

// What is NaN is worth seeing.
double importance(const GraphNode& node) {
  if (!node.has_gradient) return -1;
  const double size = gradient_size(node);
  return std::isnan(size) ? HUGE_VAL : size;
}

void keep_greatest(const Graph& graph, std::size_t count, std::vector<bool>& kept) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < kept.size(); ++i)
    if (kept[i] && i != graph.root) order.push_back(i);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::uint32_t i) { return importance(graph.nodes[i]); });
  for (std::size_t i = count; i < order.size(); ++i) kept[order[i]] = false;
}

// "layer1/neuron3". Where scopes nest without end, paths do not grow with them.
std::vector<std::string> scope_paths(const Graph& graph) {
  constexpr std::size_t kMostBytes = 1024;
  std::vector<std::string> paths(graph.scopes.size());
  for (std::size_t i = 1; i < paths.size(); ++i) {
    const std::string& above = paths[graph.scopes[i].parent];
    const bool is_top = above.empty() || above.size() > kMostBytes;
    paths[i] = (is_top ? "" : above + "/") + graph.scopes[i].name;
  }
  return paths;
}

bool matches_any(const std::string& path, const std::vector<std::string>& globs) {
  return std::ranges::any_of(globs,
                             [&](const std::string& glob) { return matches_glob(path, glob); });
}

}  // namespace

std::vector<bool> selected_nodes(const Graph& graph, const ViewOptions& options) {
  std::vector<bool> kept(graph.nodes.size(), true);
  const bool asks_for_names =
      !options.focus.empty() || !options.path_from.empty() || !options.path_to.empty();
  const std::vector<std::string> names =
      asks_for_names ? display_names(graph) : std::vector<std::string>();
  if (!options.focus.empty()) keep_focus(graph, names, options, kept);
  if (!options.path_from.empty() || !options.path_to.empty())
    keep_path(graph, names, options, kept);
  if (options.only_gradients)
    for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = kept[i] && graph.nodes[i].has_gradient;
  if (options.top_gradients > 0) keep_greatest(graph, options.top_gradients, kept);
  return kept;
}

std::vector<std::uint32_t> closed_scopes(const Graph& graph, const Scopes& scopes,
                                         const ViewOptions& options, std::size_t level,
                                         const std::vector<std::uint32_t>& open) {
  const std::size_t count = scopes.parent.size();
  std::vector<bool> is_expanded(count, false), is_collapsed(count, false);
  if (!options.expand.empty() || !options.collapse.empty()) {
    const std::vector<std::string> paths = scope_paths(graph);
    for (std::size_t i = 1; i < count; ++i) {
      is_expanded[i] = matches_any(paths[i], options.expand);
      is_collapsed[i] = matches_any(paths[i], options.collapse);
    }
  }
  for (const std::uint32_t scope : open) is_expanded[scope] = true;
  for (std::size_t i = count; i-- > 1;)
    if (is_expanded[i]) is_expanded[scopes.parent[i]] = true;
  std::vector<std::uint32_t> closed(count, kNoBox);
  for (std::uint32_t i = 1; i < count; ++i) {
    closed[i] = closed[scopes.parent[i]];
    const bool is_deep = scopes.depth[i] > level && !is_expanded[i];
    if (closed[i] == kNoBox && (is_deep || is_collapsed[i])) closed[i] = i;
  }
  return closed;
}

void require_scopes(const Graph& graph, const ViewOptions& options) {
  if (options.expand.empty() && options.collapse.empty()) return;
  const std::vector<std::string> paths = scope_paths(graph);
  for (const std::vector<std::string>* globs : {&options.expand, &options.collapse}) {
    for (const std::string& glob : *globs) {
      if (std::ranges::any_of(paths, [&](const std::string& p) { return matches_glob(p, glob); }))
        continue;
      throw FormatError(fmt::format(
          "[view] got \"{}\", which no scope of the graph is called; need a path such "
          "as \"{}\"",
          clean_line(glob), paths.size() > 1 ? clean_line(paths[1]) : "layer1/neuron*"));
    }
  }
}

}  // namespace nabla::viz::detail
