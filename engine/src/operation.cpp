// SPDX-License-Identifier: MIT
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <nabla/engine/error.hpp>
#include <nabla/engine/operation.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/engine/sweep.hpp>
#include <nabla/engine/unfold.hpp>

#include "bridge_records.hpp"
#include "checkpoint_node.hpp"
#include "tensor_history.hpp"

namespace nabla {

const OpInfo& Operation::info() const { return *result_.node()->rule->info; }

std::uint64_t Operation::number() const { return result_.node()->sequence; }

std::string Operation::scope() const { return detail::scope_path(result_.node()->scope, true); }

std::vector<Tensor> Operation::operands() const {
  const detail::Node& node = *result_.node();
  std::vector<Tensor> operands;
  for (int i = 0; i < node.edge_count; ++i) operands.push_back(detail::operand_tensor(node, i));
  return operands;
}

bool Operation::is_source() const { return result_.node()->edge_count == 0; }

bool Operation::is_overtaken() const {
  const detail::Node& node = *result_.node();
  for (int i = 0; i < node.edge_count; ++i)
    if (detail::has_changed(node, i)) return true;
  return false;
}

Tensor Operation::again(std::span<const Tensor> operands) const {
  const detail::Node& node = *result_.node();
  return node.rule->replay(operands, node.attributes());
}

Tensor Operation::inside(std::span<const Tensor> operands) const {
  detail::Node& node = *result_.node();
  return detail::is_checkpoint(node) ? detail::compute_again(node, operands) : Tensor();
}

namespace {

/// What one operation contributes.
class Contributions final : public detail::SweepObserver {
 public:
  explicit Contributions(const detail::Node& of) : of_(of), found_(of.edge_count) {}
  void arrived(detail::Node&, const Tensor&) override {}
  void contributed(detail::Node& node, int operand, const Tensor& contribution) override {
    if (&node != &of_) return;
    Tensor& sum = found_[static_cast<std::size_t>(operand)];
    sum = sum.defined() ? detail::add_adjoints(sum, contribution) : contribution;
  }
  [[nodiscard]] std::vector<Tensor> take() { return std::move(found_); }

 private:
  const detail::Node& of_;
  std::vector<Tensor> found_;
};

}  // namespace

std::vector<Tensor> Operation::contributions(const Tensor& gradient) const {
  detail::Node& node = *result_.node();
  if (gradient.shape() != result_.shape() || gradient.dtype() != result_.dtype()) {
    throw ShapeError("[contributions] " + std::string(info().name) +
                     ": the gradient is not like the result: got " + to_string(gradient.shape()) +
                     ", need " + to_string(result_.shape()));
  }
  Contributions found(node);
  detail::Sweep sweep(is_recording(), &found);
  sweep.skip_hooks();
  sweep.add(&node, gradient);
  sweep.run_down_to(node.sequence - 1);
  return found.take();
}

namespace {

/// Shows the operations in statements, and gathers those on tensors.
class Visit final : public Unfolder {
 public:
  Visit(const RecordedTape& tape, OperationVisitor& visitor) : tape_(tape), visitor_(visitor) {}

  void from(std::span<const std::uint32_t> roots) { tape_.unfold(roots, *this); }
  void from(std::span<const Tensor> roots) {
    std::vector<std::uint32_t> stacked;
    for (const Tensor& root : roots)
      if (!root.is_leaf()) history_.add(root.node(), stacked);
    if (!stacked.empty()) tape_.unfold(stacked, *this);
  }
  void tensors() {
    history_.sort();
    while (detail::Node* node = history_.next(std::numeric_limits<std::uint64_t>::max()))
      visitor_.tensor(Operation(Tensor::share(node)));
  }

  void reached(External& external, std::vector<std::uint32_t>& more) override {
    const auto* taken = dynamic_cast<const detail::TakenElements*>(&external);
    if (taken != nullptr && !taken->tensor().is_leaf()) history_.add(taken->tensor().node(), more);
  }
  void input(std::uint32_t index, double value) override { place(index, add(value, true)); }
  void source(std::uint32_t index, double value) override { place(index, add(value, false)); }
  std::uint32_t leaf(std::uint32_t index) override { return node_at_[index]; }
  std::uint32_t constant(double value) override { return add(value, false); }
  void begin(std::uint32_t index) override {
    statement_ = index;
    scope_ = detail::scope_path(tape_.scope_of(index), true);
  }
  std::uint32_t operation(const ElementaryOperation& operation) override {
    std::vector<double> operands;
    std::vector<bool> active;
    bool any = false;
    for (const std::uint32_t node : operation.operands) {
      operands.push_back(nodes_[node].value);
      active.push_back(nodes_[node].is_active);
      any = any || nodes_[node].is_active;
    }
    visitor_.scalar({operation.info, statement_, scope_, operands, operation.partials, active,
                     operation.value, operation.again});
    return add(operation.value, any);
  }
  void statement(std::uint32_t index, std::uint32_t node) override { place(index, node); }
  void external(External& external, std::span<const std::uint32_t>, std::uint32_t first,
                std::span<const double> outputs, const std::vector<bool>& needed) override {
    if (dynamic_cast<const detail::TakenElements*>(&external) == nullptr)
      visitor_.external(external.info(), detail::scope_path(tape_.scope_of(first), true));
    for (std::uint32_t i = 0; i < outputs.size(); ++i)
      if (needed[first + i]) place(first + i, add(outputs[i], true));
  }

 private:
  struct Number {
    double value;
    bool is_active;  ///< leads to a variable
  };
  std::uint32_t add(double value, bool is_active) {
    nodes_.push_back({value, is_active});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  void place(std::uint32_t index, std::uint32_t node) {
    if (index >= node_at_.size()) node_at_.resize(index + 1);
    node_at_[index] = node;
  }

  const RecordedTape& tape_;
  OperationVisitor& visitor_;
  detail::TensorHistory history_{"visit_operations"};
  std::vector<Number> nodes_;
  std::vector<std::uint32_t> node_at_;  ///< by place on the tape
  std::uint32_t statement_ = 0;
  std::string scope_;
};

}  // namespace

void detail::visit_operations_on(const RecordedTape& tape, std::span<const std::uint32_t> roots,
                                 OperationVisitor& visitor) {
  Visit operations(tape, visitor);
  operations.from(roots);
  operations.tensors();
}

void visit_operations(std::span<const Value> roots, OperationVisitor& visitor) {
  const detail::ActiveTape<double> tape;
  std::vector<std::uint32_t> places;
  for (const Value& root : roots)
    if (root.has_history()) places.push_back(tape.place_of(root, "visit_operations"));
  if (!places.empty()) detail::visit_operations_on(tape, places, visitor);
}

void visit_operations(const Value& root, OperationVisitor& visitor) {
  visit_operations(std::span<const Value>(&root, 1), visitor);
}

void visit_operations(std::span<const Tensor> roots, OperationVisitor& visitor) {
  const detail::ActiveTape<double> tape;
  Visit operations(tape, visitor);
  operations.from(roots);
  operations.tensors();
}

void visit_operations(const Tensor& root, OperationVisitor& visitor) {
  visit_operations(std::span<const Tensor>(&root, 1), visitor);
}

std::vector<Operation> operations_behind(const Tensor& y) {
  struct Gather final : OperationVisitor {
    std::vector<Operation> found;
    void tensor(const Operation& operation) override { found.push_back(operation); }
    void scalar(const ScalarOperation&) override {}
  } gather;
  visit_operations(y, gather);
  return std::move(gather.found);
}

}  // namespace nabla
