// SPDX-License-Identifier: MIT
#include "commands/formula.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "text.hpp"

namespace nabla::cli {

namespace {

// "0.5", "-inf", or a formula without names: "-pi/2".
double number_of(std::string_view name, std::string_view text) {
  double number = 0.0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc{} && rest == end) return number;
  try {
    return ScalarExpression::parse(text, {})(std::span<const double>{});
  } catch (const ExpressionError& failure) {
    throw FormatError(fmt::format("the value of {}: {}", name, failure.what()));
  }
}

}  // namespace

BoundFormula understand(const FormulaArguments& arguments) {
  BoundFormula formula;
  for (const std::string& assignment : arguments.assignments) {
    const std::size_t equals = assignment.find('=');
    const std::string name = assignment.substr(0, equals);
    if (equals == std::string::npos)
      throw FormatError(
          fmt::format("'{}' is not an input; an input is written name=value, and a formula with "
                      "spaces needs quotes",
                      printable(assignment)));
    if (name == "pi" || name == "e")
      throw FormatError(fmt::format("'{}' is a constant, need another name", name));
    if (!is_input_name(name))
      throw FormatError(fmt::format("'{}' is no name; need a letter, then letters, digits or _",
                                    printable(name)));
    if (std::find(formula.names.begin(), formula.names.end(), name) != formula.names.end())
      throw FormatError(fmt::format("{} has two values", name));
    formula.names.push_back(name);
    formula.numbers.push_back(number_of(name, std::string_view(assignment).substr(equals + 1)));
  }
  formula.expression = ScalarExpression::parse(arguments.formula, formula.names);
  return formula;
}

Computed compute(const BoundFormula& formula) {
  Computed computed;
  for (std::size_t i = 0; i < formula.names.size(); ++i)
    computed.inputs.push_back(variable(formula.numbers[i], Name(formula.names[i], "")));
  computed.result = formula.expression(std::span<const Value>(computed.inputs));
  return computed;
}

void remark(const BoundFormula& formula, Terminal& terminal) {
  for (std::size_t i = 0; i < formula.names.size(); ++i)
    if (!formula.expression.uses(i))
      terminal.err.print(
          fmt::format("nabla: note: {} does not occur in the formula\n", formula.names[i]));
  for (const ScalarExpression::Undefined& call : formula.expression.undefined(formula.numbers)) {
    std::string arguments;
    for (const double argument : call.arguments)
      arguments += (arguments.empty() ? "" : ", ") + number_text(argument, 6);
    terminal.err.print(fmt::format("nabla: note: {}({}) is {}: the domain of {} is {}\n",
                                   call.op->name, arguments, number_text(call.result),
                                   call.op->name, call.op->domain));
  }
}

}  // namespace nabla::cli
