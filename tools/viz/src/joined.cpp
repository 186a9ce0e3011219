// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <nabla/viz/compare.hpp>

#include "compare_text.hpp"
#include "names.hpp"
#include "partners.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

// Where a node of the joined graph comes from. Removed nodes stand behind the last of their operands.
struct Place {
  std::int64_t behind = -1;  ///< node after: itself, or the last operand's
  bool is_removed = false;
  std::uint32_t node = 0;  ///< of the graph it comes from
  auto operator<=>(const Place&) const = default;
};

class Joiner {
 public:
  Joiner(const Graph& before, const Graph& after, const Comparison& comparison)
      : before_(before), after_(after), comparison_(comparison), old_names_(display_names(before)) {
    result_.graph.scopes = after.scopes;
  }

  JoinedGraphs operator()() {
    place_nodes();
    map_scopes();
    for (const Place& place : places_) add_node(place);
    add_edges();
    add_adjoints();
    result_.graph.root = new_of_after_[after_.root];
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool is_removed(std::uint32_t node) const {
    return comparison_.after_of[node] == kNoPartner;
  }

  void place_nodes() {
    std::vector<std::int64_t> behind(before_.nodes.size(), -1);
    for (std::uint32_t i = 0; i < behind.size(); ++i) {
      if (!is_removed(i)) behind[i] = comparison_.after_of[i];
    }
    for (const GraphEdge& edge : before_.edges) {  // ordered by `to`, operands come first
      if (is_removed(edge.to)) behind[edge.to] = std::max(behind[edge.to], behind[edge.from]);
    }
    for (std::uint32_t i = 0; i < after_.nodes.size(); ++i) places_.push_back({i, false, i});
    for (std::uint32_t i = 0; i < behind.size(); ++i) {
      if (is_removed(i)) places_.push_back({behind[i], true, i});
    }
    std::sort(places_.begin(), places_.end());
    new_of_after_.resize(after_.nodes.size());
    new_of_before_.resize(before_.nodes.size());
    for (std::uint32_t i = 0; i < places_.size(); ++i) {
      (places_[i].is_removed ? new_of_before_ : new_of_after_)[places_[i].node] = i;
    }
    for (std::uint32_t i = 0; i < before_.nodes.size(); ++i) {
      if (!is_removed(i)) new_of_before_[i] = new_of_after_[comparison_.after_of[i]];
    }
  }

  // Scopes of the same path are one, if what is in them is of one level.
  void map_scopes() {
    std::map<std::pair<std::uint64_t, std::uint32_t>, std::uint32_t> known;
    const auto levels_of = [](const Graph& graph) {
      std::vector<std::uint32_t> levels(graph.scopes.size(), 0);
      for (const GraphNode& node : graph.nodes) levels[node.scope] = node.level;
      // An empty scope is of the level of what is inside it.
      for (std::size_t i = levels.size(); i-- > 1;) {
        std::uint32_t& outer = levels[graph.scopes[i].parent];
        if (outer == 0) outer = levels[i];
      }
      return levels;
    };
    const std::vector<std::uint64_t> after_hashes = scope_hashes(after_);
    const std::vector<std::uint64_t> before_hashes = scope_hashes(before_);
    const std::vector<std::uint32_t> after_levels = levels_of(after_);
    const std::vector<std::uint32_t> before_levels = levels_of(before_);
    for (std::uint32_t i = 1; i < after_.scopes.size(); ++i) {
      known.insert({{after_hashes[i], after_levels[i]}, i});
    }
    scope_of_before_.assign(before_.scopes.size(), 0);
    for (std::uint32_t i = 1; i < before_.scopes.size(); ++i) {
      const std::pair key{before_hashes[i], before_levels[i]};
      const auto next = static_cast<std::uint32_t>(result_.graph.scopes.size());
      const auto [found, is_new] = known.insert({key, next});
      if (is_new) {
        const GraphScope& scope = before_.scopes[i];
        result_.graph.scopes.push_back({scope_of_before_[scope.parent], scope.name});
      }
      scope_of_before_[i] = found->second;
    }
  }

  void add_node(const Place& place) {
    if (place.is_removed) {
      GraphNode node = before_.nodes[place.node];
      node.scope = scope_of_before_[node.scope];
      if (node.role == Role::output) node.role = Role::operation;
      if (node.name.empty() && !node.op.empty()) node.name = old_names_[place.node];
      result_.graph.nodes.push_back(std::move(node));
      result_.marks.push_back({Change::removed});
      return;
    }
    result_.graph.nodes.push_back(after_.nodes[place.node]);
    const bool is_added = comparison_.before_of[place.node] == kNoPartner;
    result_.marks.push_back({is_added ? Change::added : Change::same});
  }

  void add_edges() {
    std::vector<GraphEdge>& edges = result_.graph.edges;
    std::vector<std::uint32_t> next_slot(result_.graph.nodes.size(), 0);
    for (GraphEdge edge : after_.edges) {
      edge.from = new_of_after_[edge.from];
      edge.to = new_of_after_[edge.to];
      next_slot[edge.to] = edge.slot + 1;
      edges.push_back(edge);
    }
    result_.graph.samples = after_.samples;
    for (GraphEdge edge : before_.edges) {
      if (!is_removed(edge.from) && !is_removed(edge.to)) continue;
      edge.from = new_of_before_[edge.from];
      edge.to = new_of_before_[edge.to];
      const bool leads_forward = edge.from < edge.to && result_.graph.nodes[edge.from].level <=
                                                            result_.graph.nodes[edge.to].level;
      if (!leads_forward) continue;
      edge.slot = next_slot[edge.to]++;
      set_samples(result_.graph, edge, before_.samples[edge.samples]);
      edges.push_back(edge);
    }
    std::sort(edges.begin(), edges.end(), [](const GraphEdge& a, const GraphEdge& b) {
      return std::pair(a.to, a.slot) < std::pair(b.to, b.slot);
    });
    for (const NodeChange& change : comparison_.changes) {
      result_.marks[new_of_after_[change.after]] = {
          Change::changed, std::max(change.value.relative, change.gradient.relative),
          change_text(before_, after_, change, old_names_[change.before])};
    }
  }

  // Those of the graph after, and those of removed nodes.
  void add_adjoints() {
    std::vector<GraphAdjoint>& adjoints = result_.graph.adjoints;
    for (const auto& [node, of] : after_.adjoints)
      adjoints.push_back({new_of_after_[node], new_of_after_[of]});
    for (const auto& [node, of] : before_.adjoints)
      if (is_removed(node) || is_removed(of))
        adjoints.push_back({new_of_before_[node], new_of_before_[of]});
    std::ranges::sort(adjoints);
  }

  const Graph& before_;
  const Graph& after_;
  const Comparison& comparison_;
  std::vector<std::string> old_names_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> new_of_before_, new_of_after_, scope_of_before_;
  JoinedGraphs result_;
};

}  // namespace

JoinedGraphs join(const Graph& before, const Graph& after, const Comparison& comparison) {
  return Joiner(before, after, comparison)();
}

}  // namespace nabla::viz
