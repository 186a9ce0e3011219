// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <ranges>
#include <set>
#include <utility>

#include <nabla/viz/view.hpp>

#include "grouping.hpp"
#include "names.hpp"
#include "selection.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using detail::kNoBox;
using detail::Partition;
using detail::Scopes;

constexpr std::size_t kUnlimited = static_cast<std::size_t>(-1);
constexpr std::size_t kMinBudget = 20;  // fewer boxes than this say nothing
constexpr std::size_t kManyLeaves = 9, kFewLeaves = 3;

bool is_zero(const GraphEdge& edge) { return edge.has_contribution && edge.contribution == 0.0; }

// Edges between the same two boxes are one arrow, except between two single nodes, where each
// operand has its own (o * o has two).
std::vector<Arrow> connect(const Graph& graph, const Partition& partition) {
  std::vector<Arrow> arrows;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> known;
  for (std::uint32_t i = 0; i < graph.edges.size(); ++i) {
    const GraphEdge& edge = graph.edges[i];
    const std::uint32_t from = partition.box_of[edge.from], to = partition.box_of[edge.to];
    if (from == kNoBox || to == kNoBox || from == to) continue;
    const bool single = partition.boxes[from].kind == Box::Kind::node &&
                        partition.boxes[to].kind == Box::Kind::node;
    const auto [place, is_new] = known.try_emplace({from, to}, arrows.size());
    if (single || is_new) {
      arrows.push_back({.from = from, .to = to, .edge = i, .is_zero = is_zero(edge)});
    } else {
      Arrow& arrow = arrows[place->second];
      ++arrow.edges;
      arrow.is_zero = arrow.is_zero && is_zero(edge);
    }
  }
  std::stable_sort(arrows.begin(), arrows.end(),
                   [](const Arrow& a, const Arrow& b) { return a.to < b.to; });
  return arrows;
}

std::vector<GraphAdjoint> connect_adjoints(const Graph& graph, const Partition& partition) {
  std::vector<GraphAdjoint> adjoints;
  for (const auto& [node, of] : graph.adjoints) {
    const GraphAdjoint boxes{partition.box_of[node], partition.box_of[of]};
    if (boxes.node != kNoBox && boxes.of != kNoBox && boxes.node != boxes.of)
      adjoints.push_back(boxes);
  }
  std::ranges::sort(adjoints);
  const auto repeated = std::ranges::unique(adjoints);
  adjoints.erase(repeated.begin(), repeated.end());
  return adjoints;
}

// Where Graphviz puts each box, nearly: at the end of the longest path to it, and what no path leads to
// right before its first user. A number on an arrow has a rank of its own. Between groups arrows may
// also lead back, those do not count.
std::vector<std::size_t> ranks_of(const View& view, std::size_t step) {
  std::vector<std::size_t> rank(view.boxes.size(), 0), latest(rank.size(), kUnlimited);
  for (const Arrow& arrow : view.arrows)
    if (arrow.from < arrow.to) rank[arrow.to] = std::max(rank[arrow.to], rank[arrow.from] + step);
  for (const Arrow& arrow : view.arrows)
    if (arrow.from < arrow.to)
      latest[arrow.from] = std::min(latest[arrow.from], rank[arrow.to] - step);
  for (std::size_t box = 0; box < rank.size(); ++box)
    if (rank[box] == 0 && latest[box] != kUnlimited) rank[box] = latest[box];
  return rank;
}

// The scopes that hold a box and all scopes around them; a parent has a smaller index.
std::vector<Frame> frames_of(const Partition& partition, const Scopes& scopes) {
  std::vector<std::uint32_t> level(scopes.parent.size(), 0);
  for (const Box& box : partition.boxes) {
    for (std::uint32_t scope = box.scope; scope != 0 && level[scope] == 0;
         scope = scopes.parent[scope]) {
      level[scope] = box.level;
    }
  }
  std::vector<Frame> frames;
  for (std::uint32_t scope = 1; scope < level.size(); ++scope) {
    if (level[scope] != 0) frames.push_back({scope, scopes.parent[scope], level[scope]});
  }
  return frames;
}

// None where all is of one level.
std::vector<std::uint32_t> lanes_of(const std::vector<Box>& boxes) {
  std::set<std::uint32_t> levels;
  for (const Box& box : boxes) levels.insert(box.level);
  if (levels.size() < 2) return {};
  return {levels.begin(), levels.end()};
}

// Nodes without a box: what is not asked for, and constants that labels show.
std::vector<bool> without_box(const Graph& graph, const ViewOptions& options,
                              const std::vector<bool>& selected) {
  std::vector<bool> folded = options.fold_constants ? detail::folded_constants(graph)
                                                    : std::vector<bool>(graph.nodes.size(), false);
  for (std::size_t i = 0; i < folded.size(); ++i) folded[i] = folded[i] || !selected[i];
  return folded;
}

Partition choose(const Graph& graph, const Scopes& scopes, const std::vector<bool>& folded,
                 const ViewOptions& options, std::size_t budget) {
  std::size_t level = std::min(options.depth, scopes.deepest);
  std::vector<std::uint32_t> closed;
  const auto collapse = [&](const std::vector<std::uint32_t>& open) {
    closed = detail::closed_scopes(graph, scopes, options, level, open);
    return detail::collapse(graph, scopes, folded, closed);
  };
  Partition partition = collapse({});
  while (partition.boxes.size() > budget && level > 0) {
    --level;
    partition = collapse({});
  }
  // Of a row of siblings the two at its ends tell what the others are like.
  const std::vector<std::uint32_t> ends = detail::ends_of_rows(graph, scopes, closed, partition);
  if (!ends.empty()) {
    Partition opened = collapse(ends);
    if (opened.boxes.size() <= budget) partition = std::move(opened);
  }
  // A hundred inputs of one collapsed layer would dwarf it even if the budget has room for them.
  const bool has_groups = std::ranges::any_of(
      partition.boxes, [](const Box& box) { return box.kind == Box::Kind::group; });
  if (has_groups || scopes.deepest > options.depth)
    partition = detail::merge_leaves(graph, partition, kManyLeaves);
  if (partition.boxes.size() > budget)
    partition = detail::merge_dot_products(graph, scopes, partition);
  while (partition.boxes.size() > budget) {
    const std::size_t before = partition.boxes.size();
    partition = detail::fold_steps(graph, partition);
    if (partition.boxes.size() == before) break;
  }
  if (partition.boxes.size() > budget)
    partition = detail::merge_leaves(graph, partition, kFewLeaves);
  if (partition.boxes.size() > budget) partition = detail::around_root(graph, partition, budget);
  return partition;
}

void add_findings(const std::vector<Finding>& findings, std::size_t nodes, Partition& partition) {
  std::vector<bool> is_flagged(nodes, false);
  for (const Finding& finding : findings) {
    const std::uint32_t place = partition.box_of[finding.node];
    if (place == kNoBox) continue;
    Box& box = partition.boxes[place];
    box.non_finite = box.non_finite || finding.trouble == Trouble::non_finite;
    const bool is_first = &finding == findings.data();
    box.is_origin = box.is_origin || (is_first && finding.trouble == Trouble::non_finite);
    if (!is_flagged[finding.node]) ++box.flagged;
    is_flagged[finding.node] = true;
  }
}

// Boxes on the way to where the first number is not finite: what its value was computed from or, if that is
// right, what its gradient came through.
void set_aside(const Graph& graph, View& view) {
  if (view.findings.empty() || view.findings.front().trouble != Trouble::non_finite) return;
  const GraphNode& first = graph.nodes[view.findings.front().node];
  std::vector<bool> is_on_way;
  for (const Box& box : view.boxes) is_on_way.push_back(box.is_origin);
  if (std::ranges::find(is_on_way, true) == is_on_way.end()) return;
  if (detail::is_bad(first.value, first.tensor->value)) {
    for (const Arrow& arrow : view.arrows | std::views::reverse)
      if (is_on_way[arrow.to]) is_on_way[arrow.from] = true;
  } else {
    for (const Arrow& arrow : view.arrows)
      if (is_on_way[arrow.from]) is_on_way[arrow.to] = true;
  }
  for (std::size_t i = 0; i < view.boxes.size(); ++i)
    view.boxes[i].is_aside = !is_on_way[i] && !view.boxes[i].non_finite;
}

View assemble(const Graph& graph, const Scopes& scopes, const std::vector<Finding>& findings,
              std::size_t selected, Partition partition) {
  detail::measure(graph, partition);
  View view;
  view.findings = findings;
  add_findings(view.findings, graph.nodes.size(), partition);
  view.frames = frames_of(partition, scopes);
  view.lanes = lanes_of(partition.boxes);
  view.arrows = connect(graph, partition);
  view.adjoints = connect_adjoints(graph, partition);
  view.total_nodes = graph.nodes.size();
  view.shown_nodes = selected;
  for (const Box& box : partition.boxes) {
    if (box.kind != Box::Kind::node) view.shown_nodes -= box.nodes;
  }
  view.boxes = std::move(partition.boxes);
  set_aside(graph, view);
  return view;
}

}  // namespace

View make_view(const Graph& graph, const ViewOptions& options) {
  detail::require_sound(graph, "view");
  detail::require_scopes(graph, options);
  const Scopes scopes = detail::place_nodes(graph);
  const std::vector<bool> selected = detail::selected_nodes(graph, options);
  const auto count = static_cast<std::size_t>(std::ranges::count(selected, true));
  const std::vector<bool> folded = without_box(graph, options, selected);
  std::size_t budget = options.max_nodes == 0 ? kUnlimited : options.max_nodes;
  const std::vector<Finding> findings = diagnose(graph, options.diagnosis);
  const auto within = [&](std::size_t most) {
    return assemble(graph, scopes, findings, count, choose(graph, scopes, folded, options, most));
  };
  View view = within(budget);
  while (options.max_cost > 0 && layout_cost(view) > options.max_cost &&
         view.boxes.size() > kMinBudget) {
    budget = std::max(view.boxes.size() / 2, kMinBudget);
    view = within(budget);
  }
  return view;
}

std::size_t layout_cost(const View& view) {
  const std::size_t step = view.arrows.size() <= kMostNumbers ? 2 : 1;
  const std::vector<std::size_t> rank = ranks_of(view, step);
  std::size_t cost = view.boxes.size() + view.arrows.size() + view.adjoints.size();
  const auto add_passed = [&](std::uint32_t from, std::uint32_t to) {
    const auto [low, high] = std::minmax(rank[from], rank[to]);
    if (high > low) cost += high - low - 1;
  };
  for (const Arrow& arrow : view.arrows) add_passed(arrow.from, arrow.to);
  for (const auto& [node, of] : view.adjoints) add_passed(of, node);
  return cost;
}

}  // namespace nabla::viz
