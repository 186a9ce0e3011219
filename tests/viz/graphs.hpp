// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nabla/engine/graph.hpp>

// Graphs made by hand, so that the writers are tested without the engine that fills graphs.

namespace nabla::viz::test {

/// Builds a scalar graph: values and local derivatives are given, gradients follow from them.
class Builder {
 public:
  Builder() { graph.scopes.push_back({0, ""}); }

  std::uint32_t leaf(const std::string& name, double value, Role role = Role::input) {
    GraphNode node;
    node.name = name;
    node.role = role;
    node.scope = scope;
    node.level = level;
    node.dtype = "float64";
    node.requires_grad = role != Role::constant;
    node.value = value;
    return add(std::move(node));
  }

  std::uint32_t op(const std::string& op, double value,
                   const std::vector<std::pair<std::uint32_t, double>>& operands,
                   const std::string& name = "", const std::string& symbol = "") {
    GraphNode node;
    node.op.edit().name = op;
    node.op.edit().symbol = symbol;
    node.name = name;
    node.scope = scope;
    node.level = level;
    node.dtype = "float64";
    node.requires_grad = true;
    node.value = value;
    const std::uint32_t to = add(std::move(node));
    std::uint32_t slot = 0;
    for (const auto& [from, local] : operands) {
      GraphEdge edge;
      edge.from = from;
      edge.to = to;
      edge.slot = slot++;
      edge.local = local;
      graph.edges.push_back(edge);
    }
    return to;
  }

  std::uint32_t enter(const std::string& name) {
    graph.scopes.push_back({scope, name});
    return scope = static_cast<std::uint32_t>(graph.scopes.size() - 1);
  }

  void leave() { scope = graph.scopes[scope].parent; }

  /// The chain rule from the last node down.
  Graph finish() {
    graph.root = static_cast<std::uint32_t>(graph.nodes.size() - 1);
    graph.nodes[graph.root].role = Role::output;
    graph.nodes[graph.root].gradient = 1.0;
    graph.nodes[graph.root].has_gradient = true;
    std::size_t end = graph.edges.size();
    while (end > 0) {
      std::size_t begin = end;
      while (begin > 0 && graph.edges[begin - 1].to == graph.edges[end - 1].to) --begin;
      for (std::size_t i = begin; i < end; ++i) sweep(static_cast<std::uint32_t>(i));
      end = begin;
    }
    return graph;
  }

  Graph graph;
  std::uint32_t scope = 0;
  std::uint16_t level = 1;

 private:
  std::uint32_t add(GraphNode node) {
    graph.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(graph.nodes.size() - 1);
  }

  void sweep(std::uint32_t index) {
    GraphEdge& edge = graph.edges[index];
    GraphNode& from = graph.nodes[edge.from];
    if (from.role == Role::constant || !graph.nodes[edge.to].has_gradient) return;
    edge.contribution = graph.nodes[edge.to].gradient * edge.local;
    edge.has_contribution = true;
    from.gradient += edge.contribution;
    from.has_gradient = true;
    graph.backward_order.push_back(index);
  }
};

/// tanh(x1 w1 + x2 w2 + b), x2 = 0; then o * o.
Graph neuron();

/// Layers of tanh neurons on scalars, every neuron in a scope of its own inside its layer's scope.
Graph network(const std::vector<std::size_t>& layers, bool scopes = true);

/// Two dense layers and a loss on tensors.
Graph tensor_network();

/// x -> x + 1 -> x + 1 ..., without scopes.
Graph chain(std::size_t length);

/// tanh(x w), its gradients by x w and by x in a lane of their own, and the square of the latter.
Graph double_backward();

/// y <- tanh(y a) + sin(y), so that all steps use one a.
Graph recurrence(std::size_t steps);

/// Operations that no two steps have in common.
Graph tangle(std::size_t length);

}  // namespace nabla::viz::test
