// SPDX-License-Identifier: MIT
#include "program/record.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/engine/unfold.hpp>
#include <nabla/ops/stop_gradient.hpp>

// A function is recorded on a tape as ever, and the tape unfolded into a graph.

namespace nabla::detail {
namespace {

// Sees the comparisons of Values while it lives.
class SeenComparisons : public ComparisonLog {
 public:
  explicit SeenComparisons(Tape& tape) : tape_(tape) { tape.tell_comparisons(this); }
  ~SeenComparisons() override { tape_.tell_comparisons(nullptr); }
  SeenComparisons(const SeenComparisons&) = delete;
  SeenComparisons& operator=(const SeenComparisons&) = delete;

  void compared(const Value& a, const Value& b, Relation relation, bool outcome) override {
    if (!a.has_history() && !b.has_history()) return;
    mix(2 * static_cast<std::uint64_t>(relation) + (outcome ? 1 : 0));
    for (const Value& x : {a, b})  // bounds of an integer, say
      if (!x.has_history()) mix(std::bit_cast<std::uint64_t>(x.value()));
  }
  [[nodiscard]] bool watches(const Value& x) const override { return tape_.is_live(x.place()); }
  [[nodiscard]] Value held(const Value& x) override {
    const EnableGrad enable_grad;
    return stop_gradient(x);
  }
  /// A hash of how they ended.
  [[nodiscard]] std::uint64_t way() const { return way_; }

 private:
  void mix(std::uint64_t word) {
    way_ = (way_ ^ word) * 0x9e3779b97f4a7c15u;
    way_ ^= way_ >> 29;
  }

  Tape& tape_;
  std::uint64_t way_ = 1;
};

// And keeps them.
class KeptComparisons final : public SeenComparisons {
 public:
  struct Comparison {
    Value a, b;
    Relation relation;
    bool outcome;
  };

  using SeenComparisons::SeenComparisons;
  void compared(const Value& a, const Value& b, Relation relation, bool outcome) override {
    SeenComparisons::compared(a, b, relation, outcome);
    if (a.has_history() || b.has_history()) all_.push_back({a, b, relation, outcome});
  }
  [[nodiscard]] const std::vector<Comparison>& all() const { return all_; }

 private:
  std::vector<Comparison> all_;
};

// Two sources may hold two copies of one OpInfo.
bool is_same_op(const OpInfo& a, const OpInfo& b) {
  return &a == &b || (a.name == b.name && a.formula == b.formula && a.gradient == b.gradient &&
                      a.source == b.source);
}

class GraphUnfolder final : public Unfolder {
 public:
  GraphUnfolder(ProgramBuilder& builder, const ProgramOps& ops, std::span<const Value> inputs,
                std::uint32_t last)
      : builder_(builder), ops_(ops), nodes_(std::size_t{last} + 1, kUnknown) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      nodes_[inputs[i].index()] = static_cast<std::uint32_t>(i);
  }

  /// The node of a Value: what stands on the tape has been unfolded, all else is a number.
  std::uint32_t node_of(const Value& x) {
    return x.is_active() ? nodes_[x.index()] : builder_.constant(x.value());
  }

  void reached(External& external, std::vector<std::uint32_t>&) override { refuse(external); }
  // A variable that the function made is the number that it was made of.
  void input(std::uint32_t index, double value) override {
    if (nodes_[index] == kUnknown) nodes_[index] = builder_.constant(value);
  }
  void source(std::uint32_t index, double value) override {
    nodes_[index] = builder_.constant(value);
  }
  std::uint32_t leaf(std::uint32_t index) override { return nodes_[index]; }
  std::uint32_t constant(double value) override { return builder_.constant(value); }
  void begin(std::uint32_t) override {}
  std::uint32_t operation(const ElementaryOperation& operation) override {
    bool is_constant = true;
    for (const std::uint32_t operand : operation.operands)
      is_constant = is_constant && builder_.node(operand).is_constant();
    if (is_constant) return builder_.constant(operation.value);
    const OpEntry*& op = entries_[&operation.info];
    if (op == nullptr) op = &entry_of(operation.info);
    read_parameters(*op, operation.again.op());
    return builder_.operation(*op, operation.operands, parameters_);
  }
  void statement(std::uint32_t index, std::uint32_t node) override { nodes_[index] = node; }
  void external(External& external, std::span<const std::uint32_t>, std::uint32_t,
                std::span<const double>, const std::vector<bool>&) override {
    refuse(external);
  }

 private:
  static constexpr std::uint32_t kUnknown = std::numeric_limits<std::uint32_t>::max();

  /// Errors    GraphError if it is not among the ops
  [[nodiscard]] const OpEntry& entry_of(const OpInfo& info) const {
    const OpEntry* op = ops_.find(info.name);
    if (op != nullptr && is_same_op(*op->info, info)) return *op;
    throw GraphError(
        fmt::format("[Program] got the op {}, need one of the registry, or its entry among the "
                    "options, made of nothing but its parameters; own_ops = {{&entry_of<Op>()}}?",
                    info.name));
  }

  /// Errors    GraphError unless they make the same op again
  void read_parameters(const OpEntry& op, const void* recorded) {
    parameters_.resize(op.parameters.size());
    op.lanes->read(recorded, parameters_);
    if (parameters_.empty()) return;
    std::vector<std::uint64_t> made((op.lanes->attribute_bytes + 7) / 8);
    std::vector<double> of_made(parameters_.size());
    op.lanes->make(parameters_, reinterpret_cast<std::byte*>(made.data()));
    op.lanes->read(made.data(), of_made);
    if (std::ranges::equal(parameters_, of_made, same_bits)) return;
    throw GraphError(fmt::format(
        "[Program] the op {} is made otherwise of the parameters it has, need `with` to set the "
        "first data members, in the order of `parameters`",
        op.info->name));
  }
  [[noreturn]] static void refuse(const External& external) {
    throw GraphError(
        fmt::format("[Program] got a function that leads through {}, need one of Values",
                    external.info().name));
  }

  ProgramBuilder& builder_;
  const ProgramOps& ops_;
  std::unordered_map<const OpInfo*, const OpEntry*> entries_;  ///< found so far
  std::vector<std::uint32_t> nodes_;                           ///< by the index on the tape
  std::vector<double> parameters_;
};

}  // namespace

ProgramGraph record_program(const Program::Function& f, std::span<const double> at,
                            const ProgramOps& ops) {
  Tape tape;
  const EnableGrad enable_grad;
  const std::vector<Value> inputs = variables(at);
  std::vector<Value> outputs;
  std::vector<KeptComparisons::Comparison> comparisons;
  std::uint64_t way = 0;
  {
    const KeptComparisons kept(tape);
    outputs = f(inputs);
    comparisons = kept.all();
    way = kept.way();
  }

  std::vector<std::uint32_t> roots;
  const auto add_root = [&](const Value& x) {
    if (x.is_active()) roots.push_back(x.index());
  };
  for (const Value& y : outputs) add_root(y);
  for (const auto& comparison : comparisons) {
    add_root(comparison.a);
    add_root(comparison.b);
  }

  ProgramBuilder builder(at.size());
  GraphUnfolder unfolder(builder, ops, inputs, tape.last());
  tape.unfold(roots, unfolder);
  for (const Value& y : outputs) builder.output(unfolder.node_of(y));
  for (const auto& [a, b, relation, outcome] : comparisons)
    builder.guard({unfolder.node_of(a), unfolder.node_of(b), relation, outcome});
  ProgramGraph graph = builder.finish();
  graph.way = way;
  return graph;
}

std::uint64_t RowTape::evaluate(std::size_t row, std::span<const double> at, std::span<double> ys,
                                std::span<double> jacobian, bool asks_way) {
  const EnableGrad enable_grad;
  tape_.rewind(start_);
  xs_.resize(at.size());
  tape_.add_variables(at, xs_);
  std::vector<Value> outputs;
  std::uint64_t way = 0;
  if (asks_way) {
    const SeenComparisons seen(tape_);
    outputs = f_(xs_);
    way = seen.way();
  } else {
    outputs = f_(xs_);
  }
  check_results(outputs.size(), ys.size(), row);
  std::ranges::transform(outputs, ys.begin(), &Value::value);
  if (jacobian.empty()) return way;
  if (outputs.size() > 1) {
    tape_.jacobian(outputs, xs_, jacobian);
  } else {
    if (outputs.front().is_active()) tape_.sweep(outputs.front(), 1.0);
    tape_.gradients(xs_, jacobian);
  }
  return way;
}

void check_results(std::size_t got, std::size_t need, std::size_t row) {
  if (got == need) return;
  throw ShapeError(fmt::format(
      "[Program] the function gives {} results in row {}, need {} as when it was recorded", got,
      row, need));
}

}  // namespace nabla::detail
