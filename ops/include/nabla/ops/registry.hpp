// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nabla/engine/op_info.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>
#include <nabla/ops/family/parameter.hpp>

// All ops, in alphabetical order. The table is made at build time from the files in ops/: a new
// file is a new row, with nothing else to edit. The checker, the op table, the command line and the
// documentation read it.

namespace nabla {

namespace detail {
struct LaneKernels;
}

/// Inputs to try an op on, and the op as a function of them (attributes and integer operands are
/// bound inside). Inputs are float64 and lie inside the op's domain.
struct Sample {
  std::string description;  ///< "axis 1, keepdim"
  std::vector<Tensor> inputs;
  std::function<Tensor(std::span<const Tensor>)> apply;
  bool smooth = true;  ///< false: at a kink, where a finite difference does not say the gradient
};

/// A call that must be refused.
struct ErrorCase {
  std::string description;
  std::function<void()> run;
  std::string message;  ///< what the error's text must contain
};

struct OpEntry {
  const OpInfo* info;
  std::string_view family;  ///< "unary", "binary", "ternary", "structured", "made of ops"
  int arity;                ///< operands; -1 is any number
  bool has_scalar;          ///< the function exists for Values too, or for lists of them
  std::vector<Sample> (*samples)();
  std::vector<ErrorCase> (*errors)();
  /// The op on Values, a reduction on the list of them; null if it has no such form or gives
  /// several results. No parameters means their usual values.
  /// Errors    DomainError if parameters are given and parameter_fault objects to them
  Value (*scalar)(std::span<const Value> operands, std::span<const double> parameters);
  /// The op on Tensors, a reduction on tensors of one element each; null where `scalar` is.
  Tensor (*tensor)(std::span<const Tensor> operands, std::span<const double> parameters);
  std::span<const OpParameter> parameters = {};  ///< constants that a call may give, or none
  bool parameters_lead = false;                  ///< they stand before the operands
  /// What a Program runs; null of an op that is not elementwise, or not made of its parameters alone.
  const detail::LaneKernels* lanes = nullptr;
  std::string_view made_of = {};  ///< ops, where it has no rule of its own
};

/// Every op there is.
[[nodiscard]] std::span<const OpEntry* const> all_ops();
/// The op of this name, or null.
[[nodiscard]] const OpEntry* find_op(std::string_view name);
/// What is wrong with these numbers as values of the parameters; empty if nothing is.
[[nodiscard]] std::string parameter_fault(std::span<const OpParameter> parameters,
                                          std::span<const double> values);

}  // namespace nabla
