// SPDX-License-Identifier: MIT
#include "expression.hpp"

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/recording.hpp>

namespace nabla::cli {

template <class T, class MakeNumber, class Call>
T ScalarExpression::compute(std::span<const T> inputs, MakeNumber make_number, Call call) const {
  std::vector<T> stack;
  for (const Instruction& instruction : program_) {
    switch (instruction.kind) {
      case Instruction::Kind::number:
        stack.push_back(make_number(instruction.number));
        break;
      case Instruction::Kind::input:
        stack.push_back(inputs[instruction.count]);
        break;
      case Instruction::Kind::call: {
        const std::size_t first = stack.size() - instruction.count;
        T result = call(instruction, std::span<const T>(stack).subspan(first));
        stack.resize(first);
        stack.push_back(std::move(result));
        break;
      }
    }
  }
  return stack.back();
}

Value ScalarExpression::operator()(std::span<const Value> inputs) const {
  return compute(
      inputs, [](double number) { return Value(number); },
      [](const Instruction& call, std::span<const Value> operands) {
        return call.op->scalar(operands, call.parameters);
      });
}

Tensor ScalarExpression::operator()(std::span<const Tensor> inputs) const {
  return compute(
      inputs, [](double number) { return tensor(number, float64); },
      [](const Instruction& call, std::span<const Tensor> operands) {
        if (call.op->tensor == nullptr)
          throw Error(fmt::format("{} has no second derivatives here", call.op->info->name));
        return call.op->tensor(operands, call.parameters);
      });
}

double ScalarExpression::operator()(std::span<const double> inputs) const {
  const NoGrad no_grad;
  const std::vector<Value> values(inputs.begin(), inputs.end());
  return (*this)(std::span<const Value>(values)).value();
}

std::vector<ScalarExpression::Undefined> ScalarExpression::undefined(
    std::span<const double> inputs) const {
  const NoGrad no_grad;
  std::vector<Undefined> found;
  const auto call = [&found](const Instruction& instruction, std::span<const double> operands) {
    const std::vector<Value> values(operands.begin(), operands.end());
    // The arithmetic itself tells a pole, such as 1/0, from a result that is merely too large.
    std::feclearexcept(FE_DIVBYZERO);
    const double result = instruction.op->scalar(values, instruction.parameters).value();
    const bool is_pole = std::isinf(result) && std::fetestexcept(FE_DIVBYZERO) != 0;
    const bool is_finite =
        std::all_of(operands.begin(), operands.end(), [](double x) { return std::isfinite(x); });
    if (is_finite && (std::isnan(result) || is_pole))
      found.push_back({instruction.op->info, arguments_of(instruction, operands), result});
    return result;
  };
  static_cast<void>(compute(
      inputs, [](double number) { return number; }, call));
  return found;
}

std::vector<double> ScalarExpression::arguments_of(const Instruction& call,
                                                   std::span<const double> operands) {
  std::vector<double> arguments = call.parameters;
  const auto at = call.op->parameters_lead ? arguments.end() : arguments.begin();
  arguments.insert(at, operands.begin(), operands.end());
  return arguments;
}

bool ScalarExpression::uses(std::size_t index) const {
  return std::any_of(program_.begin(), program_.end(), [&](const Instruction& instruction) {
    return instruction.kind == Instruction::Kind::input && instruction.count == index;
  });
}

std::string call_forms(const OpEntry& op) {
  if (op.arity < 0) return fmt::format("{}(a, b, ...)", op.info->name);
  constexpr std::string_view kLetters[] = {"a", "b", "c"};
  std::string operands = op.arity == 1 ? "x" : "";
  for (std::size_t i = 0; op.arity > 1 && i < static_cast<std::size_t>(op.arity); ++i)
    operands += fmt::format("{}{}", i > 0 ? ", " : "", kLetters[i]);
  std::string forms = fmt::format("{}({})", op.info->name, operands);
  if (op.parameters.empty()) return forms;
  std::string parameters;
  for (const OpParameter& parameter : op.parameters)
    parameters += fmt::format("{}{}", parameters.empty() ? "" : ", ", parameter.name);
  return fmt::format("{} or {}({}, {})", forms, op.info->name,
                     op.parameters_lead ? parameters : operands,
                     op.parameters_lead ? operands : parameters);
}

}  // namespace nabla::cli
