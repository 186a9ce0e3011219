// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/operation.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/viz/times.hpp>

#include "text.hpp"

namespace nabla::viz {
namespace {

// Seconds of a call: the shortest of three times, each over so many calls, after one that is not counted.
template <class Act>
float shortest(const Act& act, int calls) {
  using Clock = std::chrono::steady_clock;
  constexpr int kRounds = 3;
  act();
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < kRounds; ++round) {
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < calls; ++i) act();
    const std::chrono::duration<double> seconds = Clock::now() - start;
    least = std::min(least, seconds.count() / calls);
  }
  return static_cast<float>(least);
}

// The nodes of one kind that stand for operations, in their order.
class Queue {
 public:
  void add(GraphNode& node) { nodes_.push_back(&node); }
  [[nodiscard]] bool is_next(std::string_view op) const {
    return at_ < nodes_.size() && nodes_[at_]->op->name == op;
  }
  void skip(std::string_view op) {
    while (is_next(op)) ++at_;
  }
  GraphNode& take(std::string_view op) {
    if (!is_next(op)) fail(fmt::format("it lacks the {} of the root", op));
    return *nodes_[at_++];
  }
  void end() const {
    if (at_ < nodes_.size())
      fail(fmt::format("the root lacks its {}", detail::clean_line(nodes_[at_]->op->name)));
  }

 private:
  [[noreturn]] static void fail(const std::string& what) {
    throw GraphError(fmt::format(
        "[add_times] graph: {}; need the snapshot of this root, as capture gives it", what));
  }

  std::vector<GraphNode*> nodes_;
  std::size_t at_ = 0;
};

class Times final : public OperationVisitor {
 public:
  explicit Times(Graph& graph) {
    std::vector<bool> is_element(graph.nodes.size(), false);  // of a tensor, taken as a Value
    for (const GraphEdge& edge : graph.edges)
      if (graph.nodes[edge.to].is_scalar && !graph.nodes[edge.from].is_scalar)
        is_element[edge.to] = true;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      GraphNode& node = graph.nodes[i];
      if (!node.op.empty() && !is_element[i]) (node.is_scalar ? values_ : tensors_).add(node);
    }
  }

  void scalar(const ScalarOperation& operation) override {
    constexpr int kCalls = 100;  // one is shorter than a tick of the clock
    values_.take(operation.info.name).notes.edit().seconds =
        shortest([&] { (void)operation.again(operation.operands); }, kCalls);
  }
  void tensor(const Operation& operation) override {
    GraphNode& node = tensors_.take(operation.info().name);
    if (operation.is_source()) return;
    const NoGrad no_grad;
    const std::vector<Tensor> operands = operation.operands();
    node.notes.edit().seconds = shortest([&] { (void)operation.again(operands); }, 1);
  }
  void external(const OpInfo& info, const std::string&) override { values_.skip(info.name); }

  void end() const {
    values_.end();
    tensors_.end();
  }

 private:
  Queue values_, tensors_;
};

template <class Root>
void measure(Graph& graph, const Root& root) {
  Times times(graph);
  visit_operations(root, times);
  times.end();
}

}  // namespace

void add_times(Graph& graph, const Value& root) { measure(graph, root); }
void add_times(Graph& graph, const Tensor& root) { measure(graph, root); }

}  // namespace nabla::viz
