// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <nabla/engine/op_info.hpp>

// Unfolding turns recorded statements back into elementary operations. The tape calls an Unfolder
// for each thing in the order in which it was computed; the Unfolder numbers the nodes as it likes
// and the tape hands those numbers back as operands.

namespace nabla {

class External;

/// An op with its parameters, as a function of as many numbers as it has operands.
class ScalarFunction {
 public:
  using Evaluate = double (*)(const void* op, std::span<const double> operands);
  ScalarFunction(Evaluate evaluate, const void* op) : evaluate_(evaluate), op_(op) {}
  double operator()(std::span<const double> operands) const { return evaluate_(op_, operands); }
  /// The op with its parameters, for whoever knows its type by its OpInfo.
  [[nodiscard]] const void* op() const { return op_; }

 private:
  Evaluate evaluate_;
  const void* op_;
};

/// An elementary operation. What it refers to is good while it is being announced.
struct ElementaryOperation {
  const OpInfo& info;
  std::span<const std::uint32_t> operands;  ///< their nodes
  std::span<const double> partials;         ///< derivatives of the value by each operand
  double value;
  ScalarFunction again;  ///< the value for other operands
};

class Unfolder {
 public:
  virtual ~Unfolder() = default;

  /// The roots depend on this External. Values of the same tape that its outputs depend on by way
  /// of something that is not on the tape go into `more`; they stand below its outputs. Called
  /// from the last External to the first, before anything else.
  virtual void reached(External& external, std::vector<std::uint32_t>& more) = 0;

  /// As many records follow: each is an operation at least, or else variables or an External.
  virtual void expect(std::size_t /*records*/) {}
  /// A variable that stands at `index` on the tape.
  virtual void input(std::uint32_t index, double value) = 0;
  /// A number without history that a statement used as if it were a variable.
  virtual void source(std::uint32_t index, double value) = 0;
  /// The node of what stands at `index`, which was announced before.
  virtual std::uint32_t leaf(std::uint32_t index) = 0;
  /// A plain number inside a statement.
  virtual std::uint32_t constant(double value) = 0;
  /// The operations of the statement at `index` are next.
  virtual void begin(std::uint32_t index) = 0;
  virtual std::uint32_t operation(const ElementaryOperation& operation) = 0;
  /// The statement at `index` is complete, its value is the node `node`.
  virtual void statement(std::uint32_t index, std::uint32_t node) = 0;
  /// An External with the indices of its inputs (0 where an input has no history); its outputs
  /// stand at `first`, `first + 1`, ...; the roots depend on those for which needed[index].
  virtual void external(External& external, std::span<const std::uint32_t> inputs,
                        std::uint32_t first, std::span<const double> outputs,
                        const std::vector<bool>& needed) = 0;
};

namespace detail {
using UnfoldStatement = std::uint32_t (*)(const std::uint32_t* record, std::uint32_t index,
                                          const void* values, Unfolder& unfolder);
}  // namespace detail

}  // namespace nabla
