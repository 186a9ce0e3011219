// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <nabla/engine/compare.hpp>
#include <nabla/ops/family/lane_kernels.hpp>
#include <nabla/ops/program.hpp>
#include <nabla/ops/registry.hpp>

// What a Program computes, as plain data: nodes in the order of computation. Nodes 0, ..., inputs - 1 are
// the inputs. Schedules are made from it, files hold it.

namespace nabla::detail {

struct ProgramNode {
  const OpEntry* op = nullptr;  ///< null of an input and of a constant
  std::array<std::uint32_t, 3> operands{};
  std::uint32_t first_parameter = 0;  ///< in ProgramGraph::parameters
  double constant = 0;
  bool is_active = false;  ///< depends on an input

  [[nodiscard]] std::size_t arity() const {
    return op == nullptr ? 0 : static_cast<std::size_t>(op->arity);
  }
  [[nodiscard]] bool is_constant() const { return !is_active; }
  /// True of a constant that needs no computing.
  [[nodiscard]] bool is_number() const { return is_constant() && op == nullptr; }
};

/// A comparison that ended so when the function was recorded.
struct ProgramGuard {
  std::uint32_t a, b;
  Relation relation;
  bool outcome;
  friend auto operator<=>(const ProgramGuard&, const ProgramGuard&) = default;
};

struct ProgramGraph {
  std::size_t inputs = 0;
  std::vector<ProgramNode> nodes;
  std::vector<double> parameters;
  std::vector<ProgramGuard> guards;
  std::vector<std::uint32_t> outputs;
  std::uint64_t way = 0;  ///< a hash of the comparisons, and how they ended when it was recorded

  [[nodiscard]] std::span<const double> parameters_of(const ProgramNode& node) const {
    return std::span(parameters).subspan(node.first_parameter, node.op->parameters.size());
  }
};

/// True of two zeros of one sign, of two NaN of one kind.
[[nodiscard]] inline bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// Ops by their names: those of the registry, what it leaves out, and a user's own.
class ProgramOps {
 public:
  /// Errors    GraphError if one of the user's own is null
  explicit ProgramOps(const ProgramOptions& options);
  /// The elementwise op of this name, or null.
  [[nodiscard]] const OpEntry* find(std::string_view name) const;
  /// True of an op that does not come with the library.
  [[nodiscard]] static bool is_own(const OpEntry& op);

 private:
  std::span<const OpEntry* const> own_;
};

/// Makes a graph, node after node: equal ones are one.
class ProgramBuilder {
 public:
  explicit ProgramBuilder(std::size_t inputs);

  std::uint32_t constant(double value);
  /// Requires  operands that are there, as many as the op has; parameters that it does not object to
  std::uint32_t operation(const OpEntry& op, std::span<const std::uint32_t> operands,
                          std::span<const double> parameters);
  /// Both operands may be numbers: then there is nothing to guard.
  void guard(const ProgramGuard& guard);
  void output(std::uint32_t node) { graph_.outputs.push_back(node); }
  [[nodiscard]] const ProgramNode& node(std::uint32_t index) const { return graph_.nodes[index]; }
  [[nodiscard]] std::size_t size() const { return graph_.nodes.size(); }
  /// The graph, without what no output and no guard needs.
  [[nodiscard]] ProgramGraph finish();

 private:
  std::uint32_t shared(const ProgramNode& node, std::span<const double> parameters);
  [[nodiscard]] bool are_equal(const ProgramNode& a, const ProgramNode& b,
                               std::span<const double> parameters_of_b) const;

  void grow_table();
  /// Where a node stands that is equal and has this hash; or, if there is none, where it will.
  template <class IsEqual>
  [[nodiscard]] std::size_t place_of(std::uint64_t hash, const IsEqual& is_equal) const;

  static constexpr std::uint32_t kNone = 0xffffffff;
  ProgramGraph graph_;
  std::vector<std::uint64_t> hashes_;  ///< by node; 0 of an input
  std::vector<std::uint32_t>
      table_;  ///< nodes by their hashes, each in the next place that is free
};

}  // namespace nabla::detail
