// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <nabla/engine/value.hpp>

#include "commands/commands.hpp"
#include "expression.hpp"

namespace nabla::cli {

/// A formula with a number for each of its names.
struct BoundFormula {
  ScalarExpression expression;
  std::vector<std::string> names;
  std::vector<double> numbers;
};

/// Understands "a*b" and "a=1" "b=pi/2".
/// Errors    FormatError, on a formula an ExpressionError
[[nodiscard]] BoundFormula understand(const FormulaArguments& arguments);

/// A computed formula: its inputs as variables, and its value.
struct Computed {
  std::vector<Value> inputs;
  Value result;
};
[[nodiscard]] Computed compute(const BoundFormula& formula);

/// Tells on terminal.err which inputs do not stand in the formula, and which ops leave their domain.
void remark(const BoundFormula& formula, Terminal& terminal);

}  // namespace nabla::cli
