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
        T result = call(*instruction.op, std::span<const T>(stack).subspan(first));
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
      [](const OpEntry& op, std::span<const Value> operands) { return op.scalar(operands); });
}

Tensor ScalarExpression::operator()(std::span<const Tensor> inputs) const {
  return compute(
      inputs, [](double number) { return tensor(number, float64); },
      [](const OpEntry& op, std::span<const Tensor> operands) {
        if (op.tensor == nullptr)
          throw Error(fmt::format("{} has no second derivatives here", op.info->name));
        return op.tensor(operands);
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
  const auto call = [&found](const OpEntry& op, std::span<const double> operands) {
    const std::vector<Value> values(operands.begin(), operands.end());
    // The arithmetic itself tells a pole, such as 1/0, from a result that is merely too large.
    std::feclearexcept(FE_DIVBYZERO);
    const double result = op.scalar(std::span<const Value>(values)).value();
    const bool is_pole = std::isinf(result) && std::fetestexcept(FE_DIVBYZERO) != 0;
    const bool is_finite =
        std::all_of(operands.begin(), operands.end(), [](double x) { return std::isfinite(x); });
    if (is_finite && (std::isnan(result) || is_pole))
      found.push_back({op.info, {operands.begin(), operands.end()}, result});
    return result;
  };
  static_cast<void>(compute(
      inputs, [](double number) { return number; }, call));
  return found;
}

bool ScalarExpression::uses(std::size_t index) const {
  return std::any_of(program_.begin(), program_.end(), [&](const Instruction& instruction) {
    return instruction.kind == Instruction::Kind::input && instruction.count == index;
  });
}

}  // namespace nabla::cli
