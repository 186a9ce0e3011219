// SPDX-License-Identifier: MIT
#include "expression.hpp"

#include <algorithm>
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

bool ScalarExpression::uses(std::size_t index) const {
  return std::any_of(program_.begin(), program_.end(), [&](const Instruction& instruction) {
    return instruction.kind == Instruction::Kind::input && instruction.count == index;
  });
}

}  // namespace nabla::cli
