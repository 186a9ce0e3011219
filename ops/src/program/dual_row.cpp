// SPDX-License-Identifier: MIT
#include "program/dual_row.hpp"

#include <algorithm>
#include <bit>

#include <nabla/ops/family/elementwise.hpp>

#include "program/schedule.hpp"
#include "program/slopes.hpp"

namespace nabla::detail {
namespace {

/// 0 where one of them is: what a formula did not use contributes nothing, and nothing arrives there.
double product(double g, double slope) { return g == 0 || slope == 0 ? 0 : g * slope; }

}  // namespace

void DualRow::start(std::span<const Value> inputs, std::span<const double> directions,
                    std::uint32_t last) {
  numbers_.clear();
  steps_.clear();
  attributes_.clear();
  numbers_of_.assign(std::size_t{last} + 1, kUnknown);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    numbers_of_[inputs[i].index()] = static_cast<std::uint32_t>(i);
    numbers_.push_back({.value = inputs[i].value(), .tangent = directions[i], .is_active = true});
  }
}

std::uint32_t DualRow::constant(double value) {
  numbers_.emplace_back().value = value;
  return static_cast<std::uint32_t>(numbers_.size() - 1);
}

std::uint32_t DualRow::operation(const ElementaryOperation& operation) {
  const bool is_active = std::ranges::any_of(
      operation.operands, [&](std::uint32_t operand) { return numbers_[operand].is_active; });
  const std::uint32_t result = constant(operation.value);
  if (!is_active) return result;
  Number& y = numbers_[result];
  y.is_active = true;
  const OpEntry& op = ops_.entry_of(operation.info);
  const LaneKernels& lanes = *op.lanes;
  Step& step = steps_.emplace_back();
  step.op = &op;
  step.arity = operation.operands.size();
  step.result = result;
  double tangent = 0;
  for (std::size_t k = 0; k < step.arity; ++k) {
    step.operands[k] = operation.operands[k];
    step.slopes[k] = operation.partials[k];
    tangent += product(numbers_[step.operands[k]].tangent, step.slopes[k]);
  }
  y.tangent = tangent;
  step.attributes = attributes_.size();
  if (lanes.attribute_bytes > 0) {
    attributes_.resize(attributes_.size() + (lanes.attribute_bytes + 7) / 8);
    lanes.make(ops_.parameters_of(op, operation.again.op()),
               reinterpret_cast<std::byte*>(attributes_.data() + step.attributes));
  }
  return result;
}

void DualRow::sweep(std::uint32_t root, std::span<double> products) {
  numbers_[numbers_of_[root]].gradient = 1;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) go_back(*step);
  for (std::size_t i = 0; i < products.size(); ++i) products[i] = numbers_[i].gradient_tangent;
}

/// Adds to the gradients of the operands what that of the result gives.
void DualRow::go_back(const Step& step) {
  const Number& y = numbers_[step.result];
  if (y.gradient == 0 && y.gradient_tangent == 0) return;
  for (std::size_t k = 0; k < step.arity; ++k)
    if (numbers_[step.operands[k]].is_active) contribute(step, k);
}

void DualRow::contribute(const Step& step, std::size_t k) {
  const Number& y = numbers_[step.result];
  Number& x = numbers_[step.operands[k]];
  const SlopeKernels& slope = step.op->lanes->slopes[k];
  double change = 0;  // of the slope, along the directions
  if (slope.reads != 0) {
    switch (known_slope(*step.op, k)) {
      case KnownSlope::factor:
        change = numbers_[step.operands[1 - k]].tangent;
        break;
      case KnownSlope::result:
        change = y.tangent;
        break;
      case KnownSlope::cosine:
      case KnownSlope::negative_sine:
        change = product(x.tangent, -y.value);
        break;
      case KnownSlope::none:
        return add_by_kernel(step, slope, x);
    }
  }
  x.gradient += product(y.gradient, step.slopes[k]);
  x.gradient_tangent += product(y.gradient_tangent, step.slopes[k]) + product(y.gradient, change);
}

void DualRow::add_by_kernel(const Step& step, const SlopeKernels& slope, Number& x) {
  const Number& y = numbers_[step.result];
  const auto count = static_cast<std::size_t>(std::popcount(slope.reads)) + 2;
  std::array<const void*, 2 * kMostOperands> operands;
  std::size_t next = 0;
  const auto read = [&](const double& number, const double& tangent) {
    operands[next] = &number;
    operands[count + next++] = &tangent;
  };
  for (std::size_t operand = 0; operand < step.arity; ++operand) {
    const Number& each = numbers_[step.operands[operand]];
    if ((slope.reads >> operand & 1) != 0) read(each.value, each.tangent);
  }
  if ((slope.reads & kReadsResult) != 0) read(y.value, y.tangent);
  read(y.gradient, y.gradient_tangent);
  read(x.gradient, x.gradient_tangent);
  void* const to[] = {&x.gradient, &x.gradient_tangent};
  slope.dual_added(attributes_of(step), operands.data(), to, 1);
}

}  // namespace nabla::detail
