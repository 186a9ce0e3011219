// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nabla/engine/op_info.hpp>
#include <nabla/engine/shared.hpp>

// Graph is a snapshot of a computation: plain data, copyable, comparable, independent of the tape
// and the tensors it was taken from. Exporters, `explain` and statistics read only this.
// Nodes stand in the order in which they were computed; an edge leads from an operand to the
// operation that used it. Numbers in the snapshot come from a sweep of its own, so the invariant
// holds: for a scalar node, the contributions of its outgoing edges, added in `backward_order`,
// give its gradient bit for bit.
//
//   Graph graph = capture(loss);
//   Graph graph = capture(loss, model.parameters());  // also those that the loss does not depend on

namespace nabla {

class Tensor;
template <class T>
class basic_value;
using Value = basic_value<double>;

/// What a node is. `input` is a variable that needs a gradient, `parameter` is one that a module
/// owns, `constant` needs none, `output` is the root of the snapshot.
enum class Role : std::uint8_t { input, parameter, constant, operation, output };

/// Statistics of a tensor's elements, non-finite ones left out of min, max, mean, deviation, norm.
struct Stats {
  std::int64_t count = 0;
  double min = 0.0, max = 0.0, mean = 0.0, deviation = 0.0, norm = 0.0;
  std::int64_t zeros = 0, nans = 0, infinities = 0;
  std::vector<double> samples = {};  ///< the first elements, at most 16

  bool operator==(const Stats&) const = default;
};

/// What finite differences say of the derivative of the root by a node. nabla::check computes them.
struct FiniteDifference {
  double slope = 0.0;  ///< of the root by the node; by a tensor along its gradient, as its norm
  double bound = 0.0;  ///< how wrong the slope may be
  double left = 0.0, right = 0.0;  ///< at a kink: the slopes on its two sides
  std::string verdict = {};        ///< of the check: "pass", "kink accepted", "fail", ...

  bool operator==(const FiniteDifference&) const = default;
};

// A graph may have a million nodes: what many of them have alike, or few have at all, is shared.

/// What an op is called, and does.
struct GraphOp {
  std::string name;
  std::string symbol;   ///< how an expression prints it
  std::string formula;  ///< and its derivative: for tooltips and `explain`
  std::string gradient_rule;

  bool operator==(const GraphOp&) const = default;
};

/// What only tensors have. Of the bytes each storage is counted once, so that the sums are what the
/// graph takes.
struct GraphTensor {
  std::vector<std::int64_t> shape;
  Stats value, gradient;
  std::int64_t bytes = 0;  ///< of the elements; of a view 0, since they are those of its operand
  /// Of elements that the rule reads in a sweep and no rule before it does, its operands' and its
  /// result's: a sweep keeps them until it has passed this node.
  std::int64_t saved_bytes = 0;

  bool operator==(const GraphTensor&) const = default;
};

/// What was found out about a node beyond the snapshot.
struct GraphNotes {
  std::string remark;                   ///< what is wrong with it, if a diagnosis said so
  Shared<FiniteDifference> difference;  ///< if it was computed
  float seconds = 0.0F;                 ///< what computing it again takes, if that was measured
  std::string place = {};  ///< "train.cpp:88": where it got its name, or its line (SourceLines)

  bool operator==(const GraphNotes&) const = default;
};

struct GraphNode {
  Shared<GraphOp> op;         ///< empty for inputs and constants
  Shared<std::string> name;   ///< the user's name for it, may be empty
  Shared<std::string> dtype;  ///< "float64", ...
  Shared<GraphTensor> tensor;
  Shared<GraphNotes> notes;
  double value = 0.0;  ///< of a Value or of a tensor with one element
  double gradient = 0.0;
  std::uint32_t scope = 0;  ///< index into Graph::scopes
  /// 1; of what a recorded sweep computed, one more than of what that went through; never less than
  /// that of an operand. What stands in one scope, but for scope 0, has one level.
  std::uint16_t level = 1;
  Role role = Role::operation;
  bool is_scalar : 1 = true;  ///< a Value; else a Tensor, also of rank 0
  bool requires_grad : 1 = false;
  bool has_gradient : 1 = false;  ///< the sweep reached it

  bool operator==(const GraphNode&) const = default;
};

struct GraphEdge {
  std::uint32_t from = 0, to = 0;  ///< operand, operation
  std::uint32_t slot = 0;          ///< which operand: 0, 1, ...
  /// For tensors of at most 16 elements: index into Graph::samples, of all it adds; else 0.
  std::uint32_t samples : 30 = 0;
  bool has_contribution : 1 = false;
  bool is_saved : 1 =
      false;  ///< between tensors: a sweep reads the elements of `from` in the rule of `to`
  double local = 0.0;         ///< d to / d from, where both are scalars
  double contribution = 0.0;  ///< gradient of `to` times `local`: what this edge adds; for tensors
                              ///< the 2-norm of what it adds

  bool operator==(const GraphEdge&) const = default;
};

struct GraphScope {
  std::uint32_t parent = 0;
  std::string name;
  std::string place =
      {};  ///< "train.cpp:88": where it was opened for its first node; of a gradient's, where that
           ///< of what it is the gradient of was.

  bool operator==(const GraphScope&) const = default;
};

/// What a recorded sweep (create_graph) found to be the gradient of what: of the result that it began
/// with, by the tensor `of`.
struct GraphAdjoint {
  std::uint32_t node = 0, of = 0;

  auto operator<=>(const GraphAdjoint&) const = default;
};

struct Graph {
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;               ///< ordered by (to, slot)
  std::vector<GraphScope> scopes;             ///< entry 0 is the root
  std::vector<std::uint32_t> backward_order;  ///< indices into edges, as the sweep visited them
  std::vector<std::vector<double>> samples = {{}};  ///< of edges, in their order; entry 0 is empty
  std::uint32_t root = 0;
  std::vector<GraphAdjoint> adjoints = {};  ///< ordered by (node, of), no pair twice

  bool operator==(const Graph&) const = default;
};

/// Writes what `edge` adds, element by element.
inline void set_samples(Graph& graph, GraphEdge& edge, std::vector<double> samples) {
  constexpr std::uint32_t kMost = (1U << 30) - 1;
  edge.samples = samples.empty() ? 0 : graph.samples.size() & kMost;
  if (edge.samples != 0) graph.samples.push_back(std::move(samples));
}

/// The computation behind `root`, with the gradient of `root` by each node.
/// Errors    GraphError if the history of `root` was freed
/// Cost      one sweep over what `root` depends on; `.grad` of no variable changes
[[nodiscard]] Graph capture(const Value& root);
[[nodiscard]] Graph capture(const Tensor& root);

/// The same, with a node also for each of `leaves` that `root` does not depend on: without edges or
/// gradient, after all others. So diagnoses tell which parameters of a model are cut off.
/// Requires  Values that are variables, Tensors that are no results of operations
/// Errors    as above; GraphError if a leaf is a result of an operation, an empty Tensor or a Value
///           without history
[[nodiscard]] Graph capture(const Value& root, std::span<const Value> leaves);
[[nodiscard]] Graph capture(const Tensor& root, std::span<const Tensor> leaves);

}  // namespace nabla
