// SPDX-License-Identifier: MIT
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/engine/value.hpp>

// The picture of a Value: the tape unfolds what it depends on, a sweep of the snapshot's own gives
// the gradients. Only loops over arrays, so the depth of the graph does not matter.

namespace nabla {

namespace {

GraphNode scalar_node(Role role, double value) {
  GraphNode node;
  node.role = role;
  node.dtype = "float64";
  node.requires_grad = role != Role::constant;
  node.value = value;
  return node;
}

void describe(GraphNode& node, const OpInfo& info) {
  node.op = info.name;
  node.symbol = info.label();
  node.formula = info.formula;
  node.gradient_rule = info.gradient;
}

/// Builds the nodes and edges of a Graph while the tape unfolds.
class GraphBuilder final : public Unfolder {
 public:
  GraphBuilder(Graph& graph, const Tape& tape) : graph_(graph), tape_(tape) {
    graph_.scopes.push_back({0, {}});
  }

  void input(std::uint32_t index, double value) override {
    place(index, add(scalar_node(Role::input, value)));
  }

  void source(std::uint32_t index, double value) override {
    place(index, add(scalar_node(Role::constant, value)));
  }

  std::uint32_t leaf(std::uint32_t index) override { return node_at_.at(index); }

  std::uint32_t constant(double value) override {
    pending_.push_back(next());
    return add(scalar_node(Role::constant, value));
  }

  std::uint32_t operation(const OpInfo& info, std::span<const std::uint32_t> operands,
                          std::span<const double> partials, double value) override {
    pending_.push_back(next());
    GraphNode node = scalar_node(Role::operation, value);
    describe(node, info);
    node.requires_grad = false;
    for (std::uint32_t slot = 0; slot < operands.size(); ++slot) {
      node.requires_grad |= graph_.nodes[operands[slot]].requires_grad;
      GraphEdge edge;
      edge.from = operands[slot];
      edge.to = next();
      edge.slot = slot;
      edge.local = partials[slot];
      graph_.edges.push_back(edge);
    }
    return add(std::move(node));
  }

  void statement(std::uint32_t index, std::uint32_t node) override {
    for (const std::uint32_t inner : pending_) graph_.nodes[inner].scope = scope_at(index);
    pending_.clear();
    place(index, node);
  }

  void external(External& external, std::span<const std::uint32_t> inputs, std::uint32_t first,
                std::span<const double> outputs) override {
    if (inputs.empty()) {
      throw GraphError(
          "[capture] this graph goes on in tensors, from which some of its Values were taken; only "
          "graphs of Values alone or of tensors alone can be drawn");
    }
    std::vector<double> seed(outputs.size(), 0.0);
    for (std::uint32_t i = 0; i < outputs.size(); ++i) {
      std::vector<double> row(inputs.size(), 0.0);
      seed[i] = 1.0;
      external.reverse(seed, row);
      seed[i] = 0.0;
      external_output(external.info(), inputs, row, first + i, outputs[i]);
    }
  }

  [[nodiscard]] std::uint32_t node_of(std::uint32_t index) const { return node_at_.at(index); }

 private:
  [[nodiscard]] std::uint32_t next() const {
    return static_cast<std::uint32_t>(graph_.nodes.size());
  }

  std::uint32_t add(GraphNode node) {
    graph_.nodes.push_back(std::move(node));
    return next() - 1;
  }

  void place(std::uint32_t index, std::uint32_t node) {
    node_at_[index] = node;
    graph_.nodes[node].name = tape_.name_of(index);
    graph_.nodes[node].scope = scope_at(index);
  }

  void external_output(const OpInfo& info, std::span<const std::uint32_t> inputs,
                       std::span<const double> row, std::uint32_t index, double value) {
    GraphNode node = scalar_node(Role::operation, value);
    describe(node, info);
    for (std::uint32_t slot = 0; slot < inputs.size(); ++slot) {
      if (inputs[slot] == 0) continue;
      GraphEdge edge;
      edge.from = node_at_.at(inputs[slot]);
      edge.to = next();
      edge.slot = slot;
      edge.local = row[slot];
      graph_.edges.push_back(edge);
    }
    place(index, add(std::move(node)));
  }

  /// The graph's number of the scope in which `index` was recorded.
  std::uint32_t scope_at(std::uint32_t index) {
    std::uint32_t scope = tape_.scope_of(index);
    std::vector<std::uint32_t> unknown;
    while (scope != 0 && !scope_number_.contains(scope)) {
      unknown.push_back(scope);
      scope = detail::scope_entry(scope).parent;
    }
    std::uint32_t number = scope == 0 ? 0 : scope_number_.at(scope);
    for (; !unknown.empty(); unknown.pop_back()) {
      graph_.scopes.push_back({number, detail::scope_entry(unknown.back()).name});
      number = static_cast<std::uint32_t>(graph_.scopes.size() - 1);
      scope_number_[unknown.back()] = number;
    }
    return number;
  }

  Graph& graph_;
  const Tape& tape_;
  std::unordered_map<std::uint32_t, std::uint32_t> node_at_;  ///< by index on the tape
  std::unordered_map<std::uint32_t, std::uint32_t> scope_number_;
  std::vector<std::uint32_t> pending_;  ///< nodes of the statement that is being unfolded
};

/// The chain rule over the snapshot, from the root down, each node when all its uses are done.
void sweep(Graph& graph) {
  graph.nodes[graph.root].gradient = 1.0;
  graph.nodes[graph.root].has_gradient = graph.nodes[graph.root].requires_grad;
  std::size_t end = graph.edges.size();
  while (end > 0) {
    const std::uint32_t to = graph.edges[end - 1].to;
    std::size_t first = end;
    while (first > 0 && graph.edges[first - 1].to == to) --first;
    const GraphNode& node = graph.nodes[to];
    for (std::size_t i = first; i < end && node.has_gradient; ++i) {
      GraphEdge& edge = graph.edges[i];
      GraphNode& operand = graph.nodes[edge.from];
      if (!operand.requires_grad) continue;
      edge.contribution = node.gradient == 0.0 ? 0.0 : node.gradient * edge.local;
      edge.has_contribution = true;
      operand.gradient += edge.contribution;
      operand.has_gradient = true;
      graph.backward_order.push_back(static_cast<std::uint32_t>(i));
    }
    end = first;
  }
}

}  // namespace

Graph capture(const Value& root) {
  Graph graph;
  if (!root.has_history()) {
    graph.scopes.push_back({0, {}});
    graph.nodes.push_back(scalar_node(Role::constant, root.value()));
    return graph;
  }
  const Tape& tape = Tape::active();
  if (!tape.is_live(root.index(), root.epoch())) detail::throw_stale("capture");
  GraphBuilder builder(graph, tape);
  const std::uint32_t roots[] = {root.index()};
  tape.unfold(roots, builder);
  graph.root = builder.node_of(root.index());
  if (graph.nodes[graph.root].role == Role::operation) {
    graph.nodes[graph.root].role = Role::output;
  }
  sweep(graph);
  return graph;
}

}  // namespace nabla
