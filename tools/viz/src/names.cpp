// SPDX-License-Identifier: MIT
#include "names.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include "text.hpp"

namespace nabla::viz::detail {
namespace {

constexpr std::size_t kMaxNameCells = 40;

bool is_infix(const GraphNode& node) {
  static constexpr std::string_view signs = "+-*/^@%&|<>=!";
  return !node.op->symbol.empty() && std::ranges::all_of(node.op->symbol, [](char c) {
    return signs.find(c) != std::string_view::npos;
  });
}

// "layer1/neuron2/w": scopes outermost first, unless the name says so itself.
std::string qualified(const Graph& graph, const GraphNode& node) {
  std::string name = node.name;
  if (name.empty() || name.find('/') != std::string::npos) return name;
  for (std::uint32_t scope = node.scope; scope != 0; scope = graph.scopes[scope].parent) {
    name.insert(0, graph.scopes[scope].name + "/");
    if (name.size() > 4 * kMaxNameCells) break;
  }
  return name;
}

std::string edge_defect(const Graph& graph) {
  const GraphEdge* previous = nullptr;
  for (const GraphEdge& edge : graph.edges) {
    if (edge.to >= graph.nodes.size()) return fmt::format("an edge leads to node {}", edge.to);
    if (edge.from >= edge.to) {
      return fmt::format("the edge from node {} to {} does not lead forward", edge.from, edge.to);
    }
    if (previous != nullptr &&
        (previous->to > edge.to || (previous->to == edge.to && previous->slot >= edge.slot))) {
      return fmt::format("edges into node {} are out of order", edge.to);
    }
    previous = &edge;
  }
  return {};
}

std::string scope_defect(const Graph& graph) {
  for (std::size_t i = 0; i < graph.scopes.size(); ++i) {
    if (graph.scopes[i].parent > (i == 0 ? 0 : i - 1)) {
      return fmt::format("scope {} stands before its parent {}", i, graph.scopes[i].parent);
    }
  }
  for (const GraphNode& node : graph.nodes) {
    const bool unscoped = node.scope == 0;
    if (!unscoped && node.scope >= graph.scopes.size()) {
      return fmt::format("a node is in scope {} of {}", node.scope, graph.scopes.size());
    }
  }
  return {};
}

// A scope is drawn in one lane.
std::string level_defect(const Graph& graph) {
  std::vector<std::uint32_t> levels(graph.scopes.size(), 0);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    if (node.level == 0) return fmt::format("the level of node {} is 0", i);
    // Of one level are all scopes around a node.
    for (std::uint32_t scope = node.scope; scope != 0; scope = graph.scopes[scope].parent) {
      if (levels[scope] == node.level) break;
      if (levels[scope] != 0)
        return fmt::format("scope {} holds nodes of levels {} and {}", scope, levels[scope],
                           node.level);
      levels[scope] = node.level;
    }
  }
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const std::uint32_t from = graph.nodes[graph.edges[i].from].level;
    const std::uint32_t to = graph.nodes[graph.edges[i].to].level;
    if (from > to) return fmt::format("edge {} leads from level {} to level {}", i, from, to);
  }
  return {};
}

std::string order_defect(const Graph& graph) {
  std::vector<bool> seen(graph.edges.size(), false);
  for (const std::uint32_t edge : graph.backward_order) {
    if (edge >= seen.size()) return fmt::format("backward order names edge {}", edge);
    if (seen[edge]) return fmt::format("backward order names edge {} twice", edge);
    seen[edge] = true;
  }
  return {};
}

std::string adjoint_defect(const Graph& graph) {
  const GraphAdjoint* previous = nullptr;
  for (const GraphAdjoint& adjoint : graph.adjoints) {
    const auto& [node, of] = adjoint;
    if (node >= graph.nodes.size() || of >= graph.nodes.size() || node == of)
      return fmt::format("node {} is the gradient of node {}", node, of);
    if (previous != nullptr && *previous >= adjoint)
      return fmt::format("what node {} is the gradient of is out of order", node);
    previous = &adjoint;
  }
  return {};
}

}  // namespace

std::string defect(const Graph& graph) {
  if (graph.nodes.empty()) return "it has no nodes";
  if (graph.root >= graph.nodes.size()) return fmt::format("its root is node {}", graph.root);
  for (const auto check : {edge_defect, scope_defect, level_defect, order_defect, adjoint_defect}) {
    if (std::string found = check(graph); !found.empty()) return found;
  }
  return {};
}

void require_sound(const Graph& graph, std::string_view who) {
  const std::string found = defect(graph);
  if (found.empty()) return;
  throw GraphError(
      fmt::format("[{}] graph is not consistent: {}; take it with capture(root)", who, found));
}

std::vector<std::string> display_names(const Graph& graph) {
  std::unordered_map<std::string_view, std::size_t> uses;
  for (const GraphNode& node : graph.nodes) ++uses[node.name];
  std::vector<std::string> names(graph.nodes.size());
  std::unordered_map<std::string, std::size_t> given;
  std::size_t next = 1;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    names[i] = clean_line(uses[node.name] > 1 ? qualified(graph, node) : *node.name, kMaxNameCells);
    if (names[i].empty() && is_plain_number(node)) {
      names[i] = number(node.value);
    } else if (names[i].empty() && i == graph.root && !uses.contains("L")) {
      names[i] = "L";
    } else if (names[i].empty()) {
      do {
        names[i] = "t" + std::to_string(next++);
      } while (uses.contains(names[i]));
    } else if (const std::size_t twin = ++given[names[i]]; twin > 1) {
      names[i] += fmt::format("#{}", twin);
    }
  }
  return names;
}

std::vector<std::size_t> operand_offsets(const Graph& graph) {
  std::vector<std::size_t> offsets(graph.nodes.size() + 1, 0);
  for (const GraphEdge& edge : graph.edges) ++offsets[edge.to + 1];
  for (std::size_t i = 1; i < offsets.size(); ++i) offsets[i] += offsets[i - 1];
  return offsets;
}

bool is_plain_number(const GraphNode& node) {
  const bool one_element =
      node.is_scalar ||
      std::ranges::all_of(node.tensor->shape, [](std::int64_t extent) { return extent == 1; });
  return node.role == Role::constant && node.name.empty() && one_element;
}

bool is_element(const GraphNode& node) { return node.op->symbol.starts_with('['); }

std::string derivative(std::string_view of, std::string_view by) {
  std::string text = "d";
  text.append(of).append("/d").append(by);
  return text;
}

std::string gradient_of(const Graph& graph, std::uint32_t node,
                        std::span<const std::string> names) {
  constexpr std::size_t kMost = 4;
  std::string text;
  std::size_t count = 0;
  for (auto each = std::ranges::lower_bound(graph.adjoints, GraphAdjoint{node, 0});
       each != graph.adjoints.end() && each->node == node; ++each) {
    if (++count <= kMost) text += (count == 1 ? "gradient of " : ", ") + names[each->of];
  }
  return count <= kMost ? text : fmt::format("{} and {} more", text, count - kMost);
}

std::string applied(const GraphNode& node, std::span<const std::string> operands) {
  if (is_infix(node) && operands.size() == 2) {
    return fmt::format("{} {} {}", operands[0], node.op->symbol, operands[1]);
  }
  if (is_infix(node) && operands.size() == 1) return node.op->symbol + operands[0];
  if (is_element(node) && operands.size() == 1) return operands[0] + clean_line(node.op->symbol);
  const std::string& op = node.op.empty() ? node.op->symbol : node.op->name;
  return fmt::format("{}({})", clean_line(op, kMaxNameCells), fmt::join(operands, ", "));
}

}  // namespace nabla::viz::detail
