// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include <nabla/check/graph_differences.hpp>
#include <nabla/check/problem.hpp>
#include <nabla/check/recorded.hpp>
#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/operation.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/view/to.hpp>

#include "shadow.hpp"
#include "tensors.hpp"

namespace nabla::check {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

[[noreturn]] void fail(std::string_view what) {
  throw GraphError(fmt::format(
      "[add_differences] graph: {}; need the snapshot of this root, as capture gives it", what));
}

bool is_scalar(const GraphNode& node) { return node.is_scalar; }

/// Nodes that get a difference, variables first: as many as the size of the graph allows, and one at least.
std::vector<std::uint32_t> chosen_nodes(const Graph& graph, const DifferenceOptions& options) {
  constexpr std::size_t kTensor = 20;  // numbers of Values that cost as much as its call
  std::vector<std::uint32_t> variables, operations;
  std::size_t numbers = 0;
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    numbers += node.is_scalar ? 1 : kTensor + static_cast<std::size_t>(node.tensor->value.count);
    if (node.has_gradient) (node.op.empty() ? variables : operations).push_back(i);
  }
  variables.insert(variables.end(), operations.begin(), operations.end());
  const std::size_t most = options.most_numbers / std::max<std::size_t>(numbers, 1);
  variables.resize(std::min(variables.size(), std::max<std::size_t>(most, 1)));
  return variables;
}

/// What is said of `gradient` as the slope of f at x, where rounding moves f by `noise`.
FiniteDifference judged(const std::function<double(double)>& f, double x, double gradient,
                        double noise, const Options& options) {
  Problem problem;
  problem.inputs = {{"x", {}}};
  problem.at = {x};
  problem.evaluate = [&](std::span<const double> at) { return std::vector<double>{f(at[0])}; };
  problem.gradient = [&](std::span<const double> upstream) {
    return Gradient{{upstream[0] == 0 ? 0.0 : upstream[0] * gradient}, {}};
  };
  problem.rounding = [&](std::span<const double> upstream) {
    return std::abs(upstream[0]) * noise;
  };
  const Report report = check_problem(problem, options);
  FiniteDifference found{.slope = kNan, .bound = kNan, .verdict = {}};
  if (!report.worst.empty()) {
    const Entry& entry = report.worst.front();
    found = {entry.numeric, entry.bound, entry.left, entry.right, {}};
  }
  found.verdict = name_of(report.verdict);
  return found;
}

/// The operations of a graph of Values, computed again with another number at one node.
class Replay final : public OperationVisitor {
 public:
  Replay(const Graph& graph, const Value& root) : graph_(graph), root_(root) {
    for (std::uint32_t i = 0; i < graph.nodes.size(); ++i)
      if (!graph.nodes[i].op.empty()) operations_.push_back(i);
    (void)(*this)(graph.root, graph.nodes[graph.root].value);
    if (is_complete_ && next_ < operations_.size())
      fail(fmt::format("it has {} operations and the root {}", operations_.size(), next_));
  }

  /// Whether everything can be computed again.
  [[nodiscard]] bool is_complete() const { return is_complete_; }

  /// The root where this node has the number x.
  double operator()(std::uint32_t node, double x) {
    numbers_.clear();
    for (const GraphNode& each : graph_.nodes) numbers_.push_back(each.value);
    numbers_[node] = x;
    moved_ = node;
    next_ = edge_ = 0;
    visit_operations(root_, *this);
    return numbers_[graph_.root];
  }

  void tensor(const Operation&) override { is_complete_ = false; }
  void external(const OpInfo&, const std::string&) override { is_complete_ = false; }
  void scalar(const ScalarOperation& operation) override {
    if (!is_complete_) return;
    if (next_ == operations_.size()) fail("the root has more operations");
    const std::uint32_t place = operations_[next_++];
    const GraphNode& node = graph_.nodes[place];
    if (node.op->name != operation.info.name)
      fail(fmt::format("got {} where the root has {}", node.op->name, operation.info.name));
    operands_.clear();
    bool is_moved = false;
    while (edge_ < graph_.edges.size() && graph_.edges[edge_].to < place) ++edge_;
    for (; edge_ < graph_.edges.size() && graph_.edges[edge_].to == place; ++edge_) {
      const std::uint32_t from = graph_.edges[edge_].from;
      operands_.push_back(numbers_[from]);
      is_moved = is_moved || numbers_[from] != graph_.nodes[from].value;
    }
    if (operands_.size() != operation.operands.size())
      fail(fmt::format("got a {} of {} numbers where the root has one of {}", node.op->name,
                       operands_.size(), operation.operands.size()));
    if (is_moved && place != moved_) numbers_[place] = operation.again(operands_);
  }

 private:
  const Graph& graph_;
  const Value& root_;
  std::vector<std::uint32_t> operations_;
  std::vector<double> numbers_, operands_;
  std::size_t next_ = 0, edge_ = 0;  ///< of operations_ and of the graph's edges
  std::uint32_t moved_ = 0;
  bool is_complete_ = true;
};

/// The tensor that each node stands for.
std::vector<Tensor> tensors_of(const Graph& graph, const Tensor& root) {
  std::vector<Tensor> tensors(graph.nodes.size());
  const std::vector<Operation> operations = operations_behind(root);
  std::size_t next = 0, edge = 0;
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    if (node.op.empty()) continue;
    if (next == operations.size() || node.op->name != operations[next].info().name)
      fail(fmt::format("the root has no such operation {}", node.op->name));
    const Operation& operation = operations[next++];
    tensors[i] = operation.result();
    const std::vector<Tensor> operands = operation.operands();
    while (edge < graph.edges.size() && graph.edges[edge].to < i) ++edge;
    for (; edge < graph.edges.size() && graph.edges[edge].to == i; ++edge) {
      const GraphEdge& each = graph.edges[edge];
      if (each.slot >= operands.size()) fail(fmt::format("operands of {} differ", node.op->name));
      tensors[each.from] = operands[each.slot];
    }
  }
  if (next < operations.size()) fail("the root has more operations");
  if (!tensors[graph.root].defined()) tensors[graph.root] = root;  // a leaf
  return tensors;
}

/// The slope of the sum of `root` by one element, or by several along their gradient.
void add_difference(GraphNode& node, const Tensor& x, const Tensor& gradient, const Tensor& root,
                    double noise) {
  if (!gradient.defined() || x.numel() == 0) return;
  std::vector<double> direction = detail::numbers_of(gradient);
  double squares = 0.0;
  for (const double g : direction) squares += g * g;
  const double norm = std::sqrt(squares);
  if (!std::isfinite(norm)) return;
  const bool is_one = x.numel() == 1;
  const auto count = static_cast<double>(direction.size());
  for (double& each : direction)
    each = is_one ? 1.0 : norm > 0 ? each / norm : 1.0 / std::sqrt(count);
  const detail::Shadow shadow(root, {&x, 1});
  if (!detail::obstacle_of(shadow, {&x, 1}).empty()) return;
  const std::vector<double> numbers = detail::numbers_of(x);
  const double at = is_one ? numbers[0] : 0.0;
  const auto f = [&](double t) {
    std::vector<double> moved = numbers;
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += (t - at) * direction[i];
    const Tensor there = detail::tensor_from(moved, x.shape(), float64);
    return sum(shadow({&there, 1})).item();
  };
  const bool is_single = x.dtype() == float32 || root.dtype() == float32;
  const NoGrad no_grad;
  node.notes.edit().difference =
      judged(f, at, is_one ? node.gradient : norm, is_single ? 0.0 : noise,
             {.thorough = true, .relative_floor = is_single ? 7e-4 : 0.0, .reproducer = false});
}

}  // namespace

void add_differences(Graph& graph, const Value& root, const DifferenceOptions& options) {
  if (!std::ranges::all_of(graph.nodes, is_scalar)) return;
  Replay replay(graph, root);
  if (!replay.is_complete()) return;
  const double noise = rounding_of(root);
  for (const std::uint32_t place : chosen_nodes(graph, options)) {
    GraphNode& node = graph.nodes[place];
    node.notes.edit().difference =
        judged([&](double x) { return replay(place, x); }, node.value, node.gradient, noise,
               {.thorough = true, .reproducer = false});
  }
}

void add_differences(Graph& graph, const Tensor& root, const DifferenceOptions& options) {
  if (std::ranges::any_of(graph.nodes, is_scalar)) return;
  const std::vector<Tensor> tensors = tensors_of(graph, root);
  const std::vector<std::uint32_t> places = chosen_nodes(graph, options);
  if (places.empty()) return;
  std::vector<Tensor> xs;
  for (const std::uint32_t place : places) xs.push_back(tensors[place]);
  const std::vector<Tensor> gradients =
      grad(root, xs, ones_like(root), {.retain_graph = true, .allow_unused = true});
  const double noise = root.dtype() == float32 ? 0.0 : rounding_of(root, ones_like(root));
  for (std::size_t i = 0; i < places.size(); ++i)
    add_difference(graph.nodes[places[i]], xs[i], gradients[i], root, noise);
}

}  // namespace nabla::check
