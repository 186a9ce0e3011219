// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/capture.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/sweep.hpp>
#include <nabla/engine/value.hpp>

#include "bridge_records.hpp"
#include "capture_nodes.hpp"
#include "gradient_links.hpp"
#include "saves.hpp"
#include "scope_levels.hpp"
#include "tensor_history.hpp"

// The snapshot behind a Value or a Tensor. The tape unfolds its statements into elementary
// operations, tensor nodes are those they are; where the two meet, a tensor is shown when the
// first Value that was taken from it is. Then a sweep of the snapshot's own goes through it from
// the last node to the first. Only loops over arrays, so the depth of the graph does not matter.

namespace nabla {
namespace detail {
namespace {

constexpr std::uint32_t kNowhere = std::numeric_limits<std::uint32_t>::max();

/// Builds the nodes and edges of a Graph, then sweeps it.
class Snapshot final : public Unfolder, public SweepObserver {
 public:
  explicit Snapshot(Graph& graph) : graph_(graph), scope_number_(graph) {}

  void take(const RecordedTape& tape, std::uint32_t root);
  void take_constant(const RecordedTape& tape, double value);
  void take(const RecordedTape& tape, const Tensor& root);
  /// A leaf that nothing in the graph depends on.
  void add_unused(std::uint32_t index, double value);
  void add_unused(const Tensor& leaf, std::size_t number);

  void reached(External& external, std::vector<std::uint32_t>& more) override;
  void input(std::uint32_t index, double value) override {
    const Role role = tape_->is_parameter(index) ? Role::parameter : Role::input;
    place(index, add_scalar(role, value));
  }
  void source(std::uint32_t index, double value) override {
    place(index, add_scalar(Role::constant, value));
  }
  std::uint32_t leaf(std::uint32_t index) override { return node_of(index); }
  void expect(std::size_t records) override { room_.expect(records); }
  void begin(std::uint32_t index) override {
    room_.begin(graph_, index);
    statement_entry_ = tape_->scope_of(index);
  }
  std::uint32_t constant(double value) override {
    const std::uint32_t node = add_scalar(Role::constant, value);
    graph_.nodes[node].scope = scope_number_(statement_entry_, 1);
    return node;
  }
  std::uint32_t operation(const ElementaryOperation& operation) override;
  void statement(std::uint32_t index, std::uint32_t node) override;
  void external(External& external, std::span<const std::uint32_t> inputs, std::uint32_t first,
                std::span<const double> outputs, const std::vector<bool>& needed) override;

  void arrived(Node& node, const Tensor& gradient) override {
    set_gradient(graph_.nodes[tensors_[place_of_.at(&node)].place], gradient);
  }
  void contributed(Node& node, int operand, const Tensor& contribution) override;

 private:
  struct TensorPlace {
    Node* node;
    std::uint32_t place, first_edge;
  };
  struct TakenPlace {
    const TakenElements* from;
    std::uint32_t output;  ///< of the External
    std::uint32_t place;
  };
  /// Makes room for what the tape's statements unfold into, once some of them tell how much that is.
  class Room {
   public:
    /// So many records are to come, the last of them at `last` on the tape.
    void expect(std::size_t records) { records_ = records; }
    void set_last(std::uint32_t last) { last_ = last; }
    /// The statement at `index` is next.
    void begin(Graph& graph, std::uint32_t index) {
      if (++begun_ < kSample) return;
      // Variables are records too, and not all that is on the tape need be to come: each is too much.
      const double share = std::max(static_cast<double>(begun_) / static_cast<double>(records_),
                                    static_cast<double>(index) / static_cast<double>(last_));
      fit(graph.nodes, share);
      fit(graph.edges, share);
    }

   private:
    template <class T>
    static void fit(std::vector<T>& all, double share) {
      if (all.capacity() - all.size() > kSpare) return;
      const double expected = static_cast<double>(all.size()) / std::min(share, 1.0);
      all.reserve(static_cast<std::size_t>(1.01 * expected) + 2 * kSpare);
    }

    static constexpr std::size_t kSample = 1000, kSpare = 64;
    std::size_t records_ = 0, begun_ = 0;
    std::uint32_t last_ = 0;
  };

  /// A node for a Value.
  std::uint32_t add_scalar(Role role, double value) {
    GraphNode& node = graph_.nodes.emplace_back();
    node.role = role;
    node.dtype = (*scalar_dtype_)();
    node.requires_grad = role != Role::constant;
    node.value = value;
    return next() - 1;
  }
  /// The same of an operation that gave one.
  std::uint32_t add_scalar(const OpInfo& info, double value) {
    const std::uint32_t place = add_scalar(Role::operation, value);
    graph_.nodes[place].op = op_of_(info);
    return place;
  }
  void set_tape(const RecordedTape& tape) {
    tape_ = &tape;
    scalar_dtype_.emplace(tape.dtype());
  }
  [[nodiscard]] std::uint32_t next() const {
    return static_cast<std::uint32_t>(graph_.nodes.size());
  }
  std::uint32_t add(GraphNode node) {
    graph_.nodes.push_back(std::move(node));
    return next() - 1;
  }
  GraphEdge& add_edge(std::uint32_t from, std::uint32_t to, std::uint32_t slot) {
    GraphEdge& edge = graph_.edges.emplace_back();
    edge.from = from;
    edge.to = to;
    edge.slot = slot;
    return edge;
  }
  /// What is computed from a gradient belongs to it.
  void raise_level(GraphNode& node, std::uint32_t operand) const {
    node.level = std::max(node.level, graph_.nodes[operand].level);
  }
  void name(std::uint32_t index, std::uint32_t node);
  void place(std::uint32_t index, std::uint32_t node);
  [[nodiscard]] std::uint32_t node_of(std::uint32_t index) const {
    NABLA_ASSERT(index < node_at_.size());
    return node_at_[index];
  }
  void add_external_output(External& external, std::span<const std::uint32_t> inputs,
                           std::span<const double> row, std::uint32_t index, double value);
  void add_taken(const TakenElements& taken, std::uint32_t first, std::span<const double> outputs,
                 const std::vector<bool>& needed);
  void add_tensors(std::uint64_t last_sequence);
  void add_tensor(Node& node, std::span<const std::uint32_t> operands);
  void add_stacked(Node& node);

  void raise_constants();
  void order_samples();
  void add_adjoints();
  void sweep(const Tensor& tensor_root);
  void sweep_scalar(std::uint32_t place, std::size_t first_edge, std::size_t last_edge);
  void sweep_taken(Sweep& sweep, std::size_t last_edge);
  void sweep_stacked(const TensorPlace& tensor, const Tensor& gradient);
  void contribute(std::size_t edge, double amount);

  Graph& graph_;
  ScopeNumbers scope_number_;
  const RecordedTape* tape_ = nullptr;
  std::optional<Shared<std::string>::Supply> scalar_dtype_;
  GraphOps op_of_;
  TensorHistory history_{"capture"};
  bool is_history_sorted_ = false;
  bool has_levels_ = false;             ///< above 1
  std::vector<std::uint32_t> node_at_;  ///< by index on the tape; kNowhere of what is not shown
  std::uint32_t statement_entry_ = 0;   ///< of the scope table, for the one that is being unfolded
  GraphNames names_;
  Room room_;
  ElementCount count_elements_;
  std::vector<Tensor> numbers_;                            ///< the nodes of C++ numbers
  std::vector<TensorPlace> tensors_;                       ///< in the order of the graph
  std::unordered_map<const Node*, std::size_t> place_of_;  ///< in tensors_
  std::vector<TakenPlace> taken_;                          ///< in the order of the graph
};

// ---- the scalar half

/// The node stands for what is at `index` on the tape.
void Snapshot::name(std::uint32_t index, std::uint32_t node) {
  if (index >= node_at_.size()) node_at_.resize(std::size_t{index} + 1, kNowhere);
  node_at_[index] = node;
  names_.set_name(graph_.nodes[node], tape_->name_of(index));
}

/// The same of a node that has no scope yet.
void Snapshot::place(std::uint32_t index, std::uint32_t node) {
  name(index, node);
  const std::uint32_t entry = tape_->scope_of(index);
  names_.set_line(graph_.nodes[node], entry);
  graph_.nodes[node].scope = scope_number_(entry, graph_.nodes[node].level);
}

void Snapshot::statement(std::uint32_t index, std::uint32_t node) {
  // Its operations have got their scope.
  if (graph_.nodes[node].role == Role::operation)
    name(index, node);
  else
    place(index, node);
}

std::uint32_t Snapshot::operation(const ElementaryOperation& operation) {
  const std::uint32_t place = add_scalar(operation.info, operation.value);
  GraphNode& node = graph_.nodes[place];
  node.requires_grad = false;
  for (std::uint32_t slot = 0; slot < operation.operands.size(); ++slot) {
    const std::uint32_t operand = operation.operands[slot];
    node.requires_grad |= graph_.nodes[operand].requires_grad;
    raise_level(node, operand);
    add_edge(operand, place, slot).local = operation.partials[slot];
  }
  node.scope = scope_number_(statement_entry_, node.level);
  names_.set_line(node, statement_entry_);
  return place;
}

void Snapshot::external(External& external, std::span<const std::uint32_t> inputs,
                        std::uint32_t first, std::span<const double> outputs,
                        const std::vector<bool>& needed) {
  if (const auto* taken = dynamic_cast<const TakenElements*>(&external)) {
    return add_taken(*taken, first, outputs, needed);
  }
  std::vector<double> seed(outputs.size(), 0.0);
  for (std::uint32_t i = 0; i < outputs.size(); ++i) {
    if (!needed[first + i]) continue;
    std::vector<double> row(inputs.size(), 0.0);
    seed[i] = 1.0;
    external.reverse(seed, row);
    seed[i] = 0.0;
    add_external_output(external, inputs, row, first + i, outputs[i]);
  }
}

void Snapshot::add_external_output(External& external, std::span<const std::uint32_t> inputs,
                                   std::span<const double> row, std::uint32_t index, double value) {
  const std::uint32_t output = add_scalar(external.info(), value);
  for (std::uint32_t slot = 0; slot < inputs.size(); ++slot) {
    if (inputs[slot] == 0) continue;
    raise_level(graph_.nodes[output], node_of(inputs[slot]));
    add_edge(node_of(inputs[slot]), output, slot).local = row[slot];
  }
  place(index, output);
}

// ---- the tensor half

void Snapshot::add_tensors(std::uint64_t last_sequence) {
  if (!std::exchange(is_history_sorted_, true)) history_.sort();
  while (Node* node = history_.next(last_sequence)) {
    if (is_stacked(*node)) {
      add_stacked(*node);
      continue;
    }
    // A leaf stands before the first operation that uses it.
    std::vector<std::uint32_t> operands;
    for (int i = 0; i < node->edge_count; ++i) {
      if (node->holds_number(i)) numbers_.push_back(operand_tensor(*node, i));
      Node* operand = node->holds_number(i) ? numbers_.back().node() : node->operand(i);
      if (operand->rule == nullptr && history_.is_new_leaf(operand)) add_tensor(*operand, {});
      operands.push_back(tensors_[place_of_.at(operand)].place);
    }
    const std::uint32_t first_edge = static_cast<std::uint32_t>(graph_.edges.size());
    add_tensor(*node, operands);
    const std::uint32_t saves = saved_by(*node);
    for (std::uint32_t slot = 0; slot < operands.size(); ++slot)
      add_edge(operands[slot], tensors_.back().place, slot).is_saved =
          saves_operand(saves, static_cast<int>(slot));
    tensors_.back().first_edge = first_edge;
  }
}

void Snapshot::add_tensor(Node& node, std::span<const std::uint32_t> operands) {
  GraphNode out = tensor_node(node);
  names_.set_name(out, name_at(node.name));
  if (node.rule != nullptr) out.op = op_of_(*node.rule->info);
  count_elements_(node, out);
  if (node.rule != nullptr) {
    out.level = scope_level(node.scope).level;
    for (const std::uint32_t operand : operands) raise_level(out, operand);
    out.scope = scope_number_(node.scope, out.level);
    names_.set_line(out, node.scope);
    has_levels_ = has_levels_ || out.level > 1;
  }
  place_of_[&node] = tensors_.size();
  tensors_.push_back({&node, next(), static_cast<std::uint32_t>(graph_.edges.size())});
  add(std::move(out));
}

// ---- where they meet

void Snapshot::reached(External& external, std::vector<std::uint32_t>& more) {
  if (const auto* taken = dynamic_cast<const TakenElements*>(&external)) {
    history_.add(taken->tensor().node(), more);
  }
}

/// A stacked tensor; a Value without history is a constant of its own.
void Snapshot::add_stacked(Node& node) {
  const std::vector<double> values = Tensor::share(&node).to_vector<double>();
  const std::vector<std::uint32_t>& inputs = record_of(node, "capture").inputs();
  std::vector<std::uint32_t> operands;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    operands.push_back(inputs[i] != 0 ? node_of(inputs[i]) : add_scalar(Role::constant, values[i]));
  }
  add_tensor(node, operands);
  for (std::uint32_t slot = 0; slot < operands.size(); ++slot) {
    add_edge(operands[slot], tensors_.back().place, slot);
  }
}

void Snapshot::add_taken(const TakenElements& taken, std::uint32_t first,
                         std::span<const double> outputs, const std::vector<bool>& needed) {
  Node* source = taken.tensor().node();
  add_tensors(source->sequence);  // a leaf has number 0
  const std::uint32_t from = tensors_[place_of_.at(source)].place;
  for (std::uint32_t i = 0; i < outputs.size(); ++i) {
    if (!needed[first + i]) continue;
    const std::uint32_t element = add_scalar(taken.info(), outputs[i]);
    taken_.push_back({&taken, i, element});
    add_edge(from, element, 0).local = 1.0;
    GraphNode& node = graph_.nodes[element];
    const std::string inner = indices_at(taken.tensor().shape(), taken.first() + i);
    const std::string indices = inner.empty() ? inner : "[" + inner + "]";
    GraphOp& op = node.op.edit();
    op.formula = "y = x" + indices;
    if (!indices.empty()) op.symbol = indices;
    raise_level(node, from);
    place(first + i, element);
  }
}

// ---- the sweep

/// The edge adds this amount to the gradient of its operand.
void Snapshot::contribute(std::size_t edge, double amount) {
  graph_.edges[edge].contribution = amount;
  graph_.edges[edge].has_contribution = true;
  graph_.backward_order.push_back(static_cast<std::uint32_t>(edge));
}

void Snapshot::contributed(Node& node, int operand, const Tensor& contribution) {
  const TensorPlace& tensor = tensors_[place_of_.at(&node)];
  const std::size_t index = tensor.first_edge + static_cast<std::uint32_t>(operand);
  const GraphNode& to = graph_.nodes[tensor.place];
  GraphEdge& edge = graph_.edges[index];
  set_contribution(graph_, edge, contribution);
  graph_.backward_order.push_back(static_cast<std::uint32_t>(index));
  const bool one_by_one = contribution.numel() == 1 && to.tensor->value.count == 1;
  if (one_by_one && to.gradient != 0.0) edge.local = edge.contribution / to.gradient;
}

/// The chain rule for a Value, all of whose uses are done.
void Snapshot::sweep_scalar(std::uint32_t place, std::size_t first_edge, std::size_t last_edge) {
  const GraphNode& node = graph_.nodes[place];
  for (std::size_t i = first_edge; i < last_edge && node.has_gradient; ++i) {
    const GraphEdge& edge = graph_.edges[i];
    GraphNode& operand = graph_.nodes[edge.from];
    // From a tensor come elements only, and sweep_taken has seen to those.
    if (!operand.requires_grad || !operand.is_scalar) continue;
    contribute(i, node.gradient == 0.0 ? 0.0 : node.gradient * edge.local);
    operand.gradient += edge.contribution;
    operand.has_gradient = true;
  }
}

/// All elements that were taken at once hand their gradients to the tensor at once. Each has one
/// edge; the last of them is the one before `last_edge`.
void Snapshot::sweep_taken(Sweep& sweep, std::size_t last_edge) {
  const TakenElements* from = taken_.back().from;
  std::vector<double> gradients(taken_.back().output + 1, 0.0);
  bool any = false;
  for (; !taken_.empty() && taken_.back().from == from; taken_.pop_back()) {
    const GraphNode& node = graph_.nodes[taken_.back().place];
    --last_edge;
    if (!node.has_gradient || node.gradient == 0.0) continue;
    any = true;
    gradients[taken_.back().output] = node.gradient;
    const auto count = static_cast<std::size_t>(from->tensor().numel());
    contribute(last_edge, count == 1 ? node.gradient : std::abs(node.gradient));
    if (count > kMostSamples) continue;
    const std::int64_t place = from->first() + taken_.back().output;
    std::vector<double> samples(count, 0.0);
    samples[static_cast<std::size_t>(place)] = node.gradient;
    set_samples(graph_, graph_.edges[last_edge], std::move(samples));
  }
  if (any) sweep.add(from->tensor().node(), from->contribution(gradients));
}

void Snapshot::sweep_stacked(const TensorPlace& tensor, const Tensor& gradient) {
  const std::vector<double> gradients = gradient.to_vector<double>();
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const GraphEdge& edge = graph_.edges[tensor.first_edge + i];
    GraphNode& operand = graph_.nodes[edge.from];
    if (!operand.requires_grad) continue;
    contribute(tensor.first_edge + i, gradients[i]);
    operand.gradient += gradients[i];
    operand.has_gradient = true;
  }
}

/// Constants without a name that only gradients use stand with the lowest of these.
void Snapshot::raise_constants() {
  std::vector<const GraphNode*> user(graph_.nodes.size(), nullptr);
  for (const GraphEdge& edge : graph_.edges) {
    const GraphNode& to = graph_.nodes[edge.to];
    const GraphNode*& lowest = user[edge.from];
    if (lowest == nullptr || to.level < lowest->level) lowest = &to;
  }
  for (std::size_t i = 0; i < user.size(); ++i) {
    GraphNode& node = graph_.nodes[i];
    const bool is_plain = node.role == Role::constant && node.name.empty();
    if (!is_plain || user[i] == nullptr || user[i]->level == 1) continue;
    node.level = user[i]->level;
    node.scope = user[i]->scope;
  }
}

/// The sweep met the edges from the last to the first.
void Snapshot::order_samples() {
  std::vector<std::vector<double>> samples = std::exchange(graph_.samples, {{}});
  for (GraphEdge& edge : graph_.edges)
    if (edge.samples != 0) set_samples(graph_, edge, std::move(samples[edge.samples]));
}

/// Which tensors here are the gradients of which.
void Snapshot::add_adjoints() {
  for (const TensorPlace& tensor : tensors_) {
    if (!tensor.node->has(kLinked)) continue;
    for (const Node* of : differentiated_by(*tensor.node))
      if (const auto place = place_of_.find(of); place != place_of_.end())
        graph_.adjoints.push_back({tensor.place, tensors_[place->second].place});
  }
  std::ranges::sort(graph_.adjoints);
}

/// From the last node to the first, each when all its uses are done.
void Snapshot::sweep(const Tensor& tensor_root) {
  Sweep sweep(false, this);
  sweep.set_tape_under_way(true);
  std::vector<std::uint32_t> leaves;
  for (const TensorPlace& tensor : tensors_) {
    if (tensor.node->rule != nullptr) continue;
    sweep.want(Tensor::share(tensor.node));
    leaves.push_back(tensor.place);
  }
  if (tensor_root.defined()) {
    sweep.add(tensor_root.node(), ones_like(tensor_root));
  } else {
    graph_.nodes[graph_.root].gradient = 1.0;
    graph_.nodes[graph_.root].has_gradient = true;
  }
  std::size_t last_edge = graph_.edges.size();
  graph_.backward_order.reserve(last_edge);
  std::size_t tensors = tensors_.size();
  for (std::uint32_t place = next(); place-- > 0;) {
    std::size_t first_edge = last_edge;
    while (first_edge > 0 && graph_.edges[first_edge - 1].to == place) --first_edge;
    if (tensors > 0 && tensors_[tensors - 1].place == place) {
      const TensorPlace& tensor = tensors_[--tensors];
      if (tensor.node->rule != nullptr) sweep.run_down_to(tensor.node->sequence - 1);
      const Tensor handed_over = sweep.take(*tensor.node);
      if (handed_over.defined()) sweep_stacked(tensor, handed_over);
    } else if (!taken_.empty() && taken_.back().place == place) {
      sweep_taken(sweep, last_edge);
    } else {
      sweep_scalar(place, first_edge, last_edge);
    }
    last_edge = first_edge;
  }
  sweep.finish();
  order_samples();
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (sweep.result(i).defined()) set_gradient(graph_.nodes[leaves[i]], sweep.result(i));
  }
}

// ---- the two roots

void Snapshot::take_constant(const RecordedTape& tape, double value) {
  set_tape(tape);
  add_scalar(Role::constant, value);
}

void Snapshot::take(const RecordedTape& tape, std::uint32_t root) {
  set_tape(tape);
  const std::uint32_t roots[] = {root};
  room_.set_last(root);
  tape.unfold(roots, *this);
  graph_.root = node_of(root);
  if (has_levels_) raise_constants();
  add_adjoints();
  sweep({});
}

void Snapshot::take(const RecordedTape& tape, const Tensor& root) {
  static_cast<void>(root.shape());
  std::vector<std::uint32_t> indices;
  history_.add(root.node(), indices);
  set_tape(tape);
  if (!indices.empty()) {
    room_.set_last(std::ranges::max(indices));
    tape.unfold(indices, *this);
  }
  add_tensors(std::numeric_limits<std::uint64_t>::max());
  graph_.root = tensors_.back().place;
  if (has_levels_) raise_constants();
  add_adjoints();
  if (root.requires_grad()) sweep(root);
}

void Snapshot::add_unused(std::uint32_t index, double value) {
  if (index >= node_at_.size() || node_at_[index] == kNowhere) input(index, value);
}

void Snapshot::add_unused(const Tensor& leaf, std::size_t number) {
  if (!leaf.defined())
    throw GraphError(
        fmt::format("[capture] leaf {}: got an empty Tensor, need one with a value", number));
  Node& node = *leaf.node();
  if (node.rule != nullptr)
    throw GraphError(
        fmt::format("[capture] leaf {}: got a result of {}, need a variable or a constant", number,
                    node.rule->info->name));
  if (!place_of_.contains(&node)) add_tensor(node, {});
}

}  // namespace
}  // namespace detail

namespace {
void set_output(Graph& graph) {
  GraphNode& node = graph.nodes[graph.root];
  if (node.role == Role::operation) node.role = Role::output;
}
}  // namespace

namespace detail {
Graph capture_on(const RecordedTape& tape, std::uint32_t root) {
  Graph graph;
  Snapshot(graph).take(tape, root);
  set_output(graph);
  return graph;
}
Graph capture_constant(const RecordedTape& tape, double value) {
  Graph graph;
  Snapshot(graph).take_constant(tape, value);
  return graph;
}
}  // namespace detail

Graph capture(const Value& root) { return capture(root, std::span<const Value>()); }

Graph capture(const Value& root, std::span<const Value> leaves) {
  const detail::ActiveTape<double> tape;
  Graph graph;
  detail::Snapshot snapshot(graph);
  if (root.has_history())
    snapshot.take(tape, tape.place_of(root, "capture"));
  else
    snapshot.take_constant(tape, root.value());
  set_output(graph);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (!leaves[i].has_history())
      throw GraphError(
          fmt::format("[capture] leaf {}: got a plain number, need a variable of this tape", i));
    const std::uint32_t place = tape.place_of(leaves[i], "capture");
    if (!basic_tape<double>::active().is_input(place))
      throw GraphError(
          fmt::format("[capture] leaf {}: got a result of an operation, need a variable of this "
                      "tape",
                      i));
    snapshot.add_unused(place, leaves[i].value());
  }
  return graph;
}

Graph capture(const Tensor& root) { return capture(root, std::span<const Tensor>()); }

Graph capture(const Tensor& root, std::span<const Tensor> leaves) {
  const detail::ActiveTape<double> tape;
  Graph graph;
  detail::Snapshot snapshot(graph);
  snapshot.take(tape, root);
  if (graph.nodes.size() > 1) graph.nodes[graph.root].role = Role::output;
  for (std::size_t i = 0; i < leaves.size(); ++i) snapshot.add_unused(leaves[i], i);
  return graph;
}

}  // namespace nabla
