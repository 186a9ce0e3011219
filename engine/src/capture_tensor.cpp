// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <vector>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/sweep.hpp>

namespace nabla {
namespace {

using detail::Node;

Stats statistics_of(const Tensor& tensor) {
  constexpr std::size_t kMostSamples = 16;
  Stats stats;
  stats.count = tensor.numel();
  double sum = 0.0;
  double squares = 0.0;
  std::int64_t finite = 0;
  const std::vector<double> numbers = tensor.to_vector<double>();
  for (const double x : numbers) {
    stats.nans += std::isnan(x) ? 1 : 0;
    stats.infinities += std::isinf(x) ? 1 : 0;
    stats.zeros += x == 0.0 ? 1 : 0;
    if (!std::isfinite(x)) continue;
    stats.min = finite == 0 ? x : std::min(stats.min, x);
    stats.max = finite == 0 ? x : std::max(stats.max, x);
    sum += x;
    squares += x * x;
    ++finite;
  }
  if (finite > 0) stats.mean = sum / static_cast<double>(finite);
  double deviations = 0.0;
  for (const double x : numbers)
    if (std::isfinite(x)) deviations += (x - stats.mean) * (x - stats.mean);
  if (finite > 0) stats.deviation = std::sqrt(deviations / static_cast<double>(finite));
  stats.norm = std::sqrt(squares);
  stats.samples.assign(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                              numbers.size(), kMostSamples)));
  return stats;
}

// Everything behind `root`, in the order in which it was computed; a leaf stands before the first
// operation that uses it.
std::vector<Node*> nodes_behind(Node* root) {
  std::vector<Node*> operations{root};
  std::unordered_map<const Node*, bool> seen{{root, true}};
  for (std::size_t next = 0; next < operations.size(); ++next) {
    Node* node = operations[next];
    if (node->rule != nullptr && node->edge_count == 0) {
      throw GraphError(
          "[capture] this graph goes on in Values, which were stacked into one of its tensors; "
          "only "
          "graphs of Values alone or of tensors alone can be drawn");
    }
    for (std::size_t i = 0; i < node->edge_count; ++i) {
      Node* operand = node->edges()[i].node;
      if (operand == nullptr) {
        throw GraphError(
            "[capture] the history of this tensor was freed by a sweep; capture it before, or "
            "sweep "
            "with {.retain_graph = true}");
      }
      if (operand->rule != nullptr && seen.try_emplace(operand, true).second)
        operations.push_back(operand);
    }
  }
  std::ranges::sort(operations, {}, &Node::sequence);
  std::vector<Node*> ordered;
  for (Node* node : operations) {
    for (std::size_t i = 0; i < node->edge_count; ++i) {
      Node* operand = node->edges()[i].node;
      if (operand->rule == nullptr && seen.try_emplace(operand, true).second)
        ordered.push_back(operand);
    }
    ordered.push_back(node);
  }
  return ordered;
}

// Watches a sweep and writes gradients and contributions into the snapshot.
class Writer : public detail::SweepObserver {
 public:
  Writer(Graph& graph, const std::vector<Node*>& nodes) : graph_(graph) {
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
      place_[nodes[i]] = i;
      first_edge_.push_back(static_cast<std::uint32_t>(graph.edges.size()));
      add_node(*nodes[i]);
      add_edges(*nodes[i], i);
    }
  }

  void arrived(Node& node, const Tensor& gradient) override {
    set_gradient(graph_.nodes[place_.at(&node)], gradient);
  }

  void contributed(Node& node, int operand, const Tensor& contribution) override {
    const std::uint32_t to = place_.at(&node);
    const std::uint32_t index = first_edge_[to] + static_cast<std::uint32_t>(operand);
    GraphEdge& edge = graph_.edges[index];
    edge.has_contribution = true;
    if (contribution.numel() == 1) {
      edge.contribution = contribution.item();
      const double g = graph_.nodes[to].gradient;
      if (graph_.nodes[to].value_stats.count == 1 && g != 0.0) edge.local = edge.contribution / g;
    } else {
      edge.contribution = statistics_of(contribution).norm;
    }
    graph_.backward_order.push_back(index);
  }

  static void set_gradient(GraphNode& node, const Tensor& gradient) {
    node.has_gradient = true;
    node.gradient_stats = statistics_of(gradient);
    if (gradient.numel() == 1) node.gradient = gradient.item();
  }

 private:
  void add_node(const Node& node) {
    const Tensor tensor = Tensor::share(const_cast<Node*>(&node));
    GraphNode out;
    if (node.rule != nullptr) {
      const OpInfo& info = *node.rule->info;
      out.op = info.name;
      out.symbol = info.label();
      out.formula = info.formula;
      out.gradient_rule = info.gradient;
      out.scope = scope_of(node.scope);
    }
    out.name = detail::name_at(node.name);
    out.requires_grad = node.has(detail::kRequiresGrad);
    out.role = node.rule != nullptr           ? Role::operation
               : node.has(detail::kParameter) ? Role::parameter
               : out.requires_grad            ? Role::input
                                              : Role::constant;
    out.is_scalar = false;
    out.shape.assign(node.sizes(), node.sizes() + node.rank);
    out.dtype = name_of(node.dtype);
    out.value_stats = statistics_of(tensor);
    if (node.numel == 1) out.value = tensor.item();
    graph_.nodes.push_back(std::move(out));
  }

  void add_edges(const Node& node, std::uint32_t to) {
    for (std::uint32_t slot = 0; slot < node.edge_count; ++slot) {
      GraphEdge edge;
      edge.from = place_.at(node.edges()[slot].node);
      edge.to = to;
      edge.slot = slot;
      graph_.edges.push_back(edge);
    }
  }

  // Scopes are numbered in the order of first use, parents first.
  std::uint32_t scope_of(std::uint32_t entry) {
    std::vector<std::uint32_t> path;
    while (entry != 0 && !scopes_.contains(entry)) {
      path.push_back(entry);
      entry = detail::scope_entry(entry).parent;
    }
    std::uint32_t scope = entry == 0 ? 0 : scopes_.at(entry);
    for (auto inner = path.rbegin(); inner != path.rend(); ++inner) {
      graph_.scopes.push_back({scope, detail::scope_entry(*inner).name});
      scope = static_cast<std::uint32_t>(graph_.scopes.size() - 1);
      scopes_[*inner] = scope;
    }
    return scope;
  }

  Graph& graph_;
  std::unordered_map<const Node*, std::uint32_t> place_;
  std::vector<std::uint32_t> first_edge_;
  std::map<std::uint32_t, std::uint32_t> scopes_;
};

}  // namespace

Graph capture(const Tensor& root) {
  Graph graph;
  graph.scopes.push_back({0, ""});
  static_cast<void>(root.shape());
  const std::vector<Node*> nodes = nodes_behind(root.node());
  Writer writer(graph, nodes);
  graph.root = static_cast<std::uint32_t>(nodes.size() - 1);
  if (root.requires_grad()) {
    detail::Sweep sweep(false, &writer);
    for (Node* node : nodes)
      if (node->rule == nullptr) sweep.want(Tensor::share(node));
    sweep.add(root.node(), ones_like(root));
    sweep.run();
    sweep.finish();
    std::size_t leaf = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i]->rule != nullptr) continue;
      const Tensor gradient = sweep.result(leaf++);
      if (gradient.defined()) Writer::set_gradient(graph.nodes[i], gradient);
    }
  }
  if (graph.nodes.size() > 1) graph.nodes[graph.root].role = Role::output;
  return graph;
}

}  // namespace nabla
