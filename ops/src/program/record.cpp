// SPDX-License-Identifier: MIT
#include "program/record.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
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
    const OpEntry& op = ops_.entry_of(operation.info);
    return builder_.operation(op, operation.operands, ops_.parameters_of(op, operation.again.op()));
  }
  void statement(std::uint32_t index, std::uint32_t node) override { nodes_[index] = node; }
  void external(External& external, std::span<const std::uint32_t>, std::uint32_t,
                std::span<const double>, const std::vector<bool>&) override {
    refuse(external);
  }

 private:
  static constexpr std::uint32_t kUnknown = std::numeric_limits<std::uint32_t>::max();

  ProgramBuilder& builder_;
  RecordedOps ops_;
  std::vector<std::uint32_t> nodes_;  ///< by the index on the tape
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

std::uint64_t RowTape::record_row(std::size_t row, std::span<const double> at, std::size_t results,
                                  bool asks_way) {
  tape_.rewind(start_);
  xs_.resize(at.size());
  tape_.add_variables(at, xs_);
  std::uint64_t way = 0;
  if (asks_way) {
    const SeenComparisons seen(tape_);
    outputs_ = f_(xs_);
    way = seen.way();
  } else {
    outputs_ = f_(xs_);
  }
  check_results(outputs_.size(), results, row);
  return way;
}

std::uint64_t RowTape::evaluate(std::size_t row, std::span<const double> at, std::span<double> ys,
                                std::span<double> jacobian, bool asks_way) {
  const EnableGrad enable_grad;
  const std::uint64_t way = record_row(row, at, ys.size(), asks_way);
  std::ranges::transform(outputs_, ys.begin(), &Value::value);
  if (jacobian.empty()) return way;
  if (outputs_.size() > 1) {
    tape_.jacobian(outputs_, xs_, jacobian);
  } else {
    if (outputs_.front().is_active()) tape_.sweep(outputs_.front(), 1.0);
    tape_.gradients(xs_, jacobian);
  }
  return way;
}

std::uint64_t RowTape::record(std::size_t row, std::span<const double> at) {
  const EnableGrad enable_grad;
  return record_row(row, at, 1, true);
}

void RowTape::multiply_hessian(std::span<const double> direction, std::span<double> product) {
  const Value& y = outputs_.front();
  if (!y.is_active()) {
    std::ranges::fill(product, 0.0);
    return;
  }
  dual_row_.start(xs_, direction, tape_.last());
  tape_.unfold({{y.index()}}, dual_row_);
  dual_row_.sweep(y.index(), product);
}

void check_results(std::size_t got, std::size_t need, std::size_t row) {
  if (got == need) return;
  throw ShapeError(fmt::format(
      "[Program] the function gives {} results in row {}, need {} as when it was recorded", got,
      row, need));
}

}  // namespace nabla::detail
