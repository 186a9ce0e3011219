// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nabla/engine/op_info.hpp>
#include <nabla/engine/recorded_tape.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

// What was recorded, one operation after another, each as a function that can be called again: for
// checkers, and for whoever computes the same thing elsewhere. Nothing has to be prepared for it.
//
//   for (const Operation& op : operations_behind(loss)) again.push_back(op.again(op.operands()));

namespace nabla {

/// A recorded operation on tensors. It holds its result, and with it the operands.
class Operation {
 public:
  /// Requires  `result` has history
  explicit Operation(Tensor result) : result_(std::move(result)) {}

  [[nodiscard]] const OpInfo& info() const;
  /// Operations of a thread are numbered in the order in which they are computed.
  [[nodiscard]] std::uint64_t number() const;
  /// "net/layer0 (train.cpp:40)", with the place in the source where the inner scope was opened, or the
  /// line of the operation (SourceLines); that alone outside of scopes; may be empty.
  [[nodiscard]] std::string scope() const;
  [[nodiscard]] const Tensor& result() const { return result_; }
  [[nodiscard]] std::vector<Tensor> operands() const;
  /// True if there are none: Values were stacked.
  [[nodiscard]] bool is_source() const;
  /// True if an operand was changed in place since.
  [[nodiscard]] bool is_overtaken() const;
  /// The same op with the same attributes on other operands.
  /// Errors    those of the op; GraphError if this is a source
  [[nodiscard]] Tensor again(std::span<const Tensor> operands) const;
  /// Of a checkpoint: what its function computes from these operands, recorded if this thread records, so
  /// that the operations inside can be looked at. Undefined of any other operation.
  /// Errors    GraphError if that is no longer like the result; whatever the function throws
  [[nodiscard]] Tensor inside(std::span<const Tensor> operands) const;
  /// What the op's rule adds to the gradient of each operand when `gradient` arrives, undefined where
  /// it adds nothing; recorded if this thread records.
  /// Errors    ShapeError if `gradient` is not like the result; GraphError if the history was freed or
  ///           overtaken in place
  [[nodiscard]] std::vector<Tensor> contributions(const Tensor& gradient) const;

 private:
  Tensor result_;
};

/// An elementary operation inside a statement on the tape.
struct ScalarOperation {
  const OpInfo& info;
  std::uint32_t statement;  ///< where its statement stands on the tape
  std::string scope;        ///< as Operation::scope
  std::span<const double> operands;
  std::span<const double> partials;  ///< derivatives of the value by the operands
  const std::vector<bool>& active;   ///< which operands lead to a variable
  double value;
  const ScalarFunction& again;  ///< the value for other operands
};

/// Sees what a result was computed from. Spans and references are good during the call only.
class OperationVisitor {
 public:
  virtual ~OperationVisitor() = default;
  virtual void tensor(const Operation& operation) = 0;
  virtual void scalar(const ScalarOperation& operation) = 0;
  /// An External on the tape, which cannot be called again.
  virtual void external(const OpInfo& info, const std::string& scope) {
    static_cast<void>(info);
    static_cast<void>(scope);
  }
};

namespace detail {
void visit_operations_on(const RecordedTape& tape, std::span<const std::uint32_t> roots,
                         OperationVisitor& visitor);
}

/// Shows what `root` was computed from, on the tape and in tensors, each kind in its order.
/// Errors    GraphError if some of it was freed or rewound
void visit_operations(const Tensor& root, OperationVisitor& visitor);
/// Behind several results, each operation once.
void visit_operations(std::span<const Tensor> roots, OperationVisitor& visitor);
void visit_operations(std::span<const Value> roots, OperationVisitor& visitor);
void visit_operations(const Value& root, OperationVisitor& visitor);
/// On a tape of floats, of Duals, of numbers that have tapes themselves: as the plain numbers inside
/// show it.
template <class T>
requires(!std::same_as<T, double>) void visit_operations(const basic_value<T>& root,
                                                         OperationVisitor& visitor) {
  if (!root.has_history()) return;
  const detail::ActiveTape<T> tape;
  const std::uint32_t roots[] = {tape.place_of(root, "visit_operations")};
  detail::visit_operations_on(tape, roots, visitor);
}
/// The operations on tensors behind y, in the order in which they were computed.
/// Errors    as visit_operations
[[nodiscard]] std::vector<Operation> operations_behind(const Tensor& y);

}  // namespace nabla
