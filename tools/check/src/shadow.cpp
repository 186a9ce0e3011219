// SPDX-License-Identifier: MIT
#include "shadow.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <unordered_map>

#include <fmt/core.h>

#include <nabla/engine/recording.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/reduction/max.hpp>
#include <nabla/ops/reduction/min.hpp>
#include <nabla/ops/registry.hpp>
#include <nabla/ops/view/to.hpp>

#include "tensors.hpp"

namespace nabla::check::detail {

namespace {

using nabla::detail::Node;

/// What a stable operation may do to its operands, and what rounds its result: functions of float32 are
/// right to 2 ulp.
constexpr double kOperandUnits = 1.0, kResultUnits = 2.0;

}  // namespace

namespace {

double random_rounding(double number, double units, double inside, Random& random) {
  constexpr double kUnit = 0x1p-24, kLeast = std::numeric_limits<float>::denorm_min();
  const double size = std::max(kUnit * (units * std::abs(number) + inside), kLeast);
  if (!std::isfinite(size)) return 0.0;
  return (random.bits() & 1) != 0 ? size : -size;
}

/// True if the result is one of the operand's elements: it is not rounded, and the rule looks for it there.
bool chooses(const OpInfo& info) { return &info == &op::Max::info || &info == &op::Min::info; }

/// Rounds the elements of a result themselves: its rule may read them. A view has exactly the elements
/// of its operand.
void round_result(const Tensor& result, std::span<const Tensor> operands, const OpInfo& info,
                  Random& random) {
  Node* node = result.node();
  if (node->dtype != float64 || node->has(nabla::detail::kView) || node->storage->references > 1 ||
      chooses(info))
    return;
  double inside = 0.0;
  if (mixes_elements(info))
    for (const Tensor& operand : operands) inside = std::max(inside, 4 * largest_in(operand));
  double* elements = reinterpret_cast<double*>(node->data);
  for (std::int64_t i = 0; i < node->numel(); ++i)
    elements[i] += random_rounding(elements[i], kResultUnits, inside, random);
}

}  // namespace

bool mixes_elements(const OpInfo& info) {
  const OpEntry* entry = find_op(info.name);
  return entry == nullptr || entry->info != &info || entry->family == "structured";
}

double largest_in(const Tensor& x) {
  double largest = 0.0;
  if (!is_floating(x.dtype())) return largest;
  for (const double number : numbers_of(x))
    if (std::isfinite(number)) largest = std::max(largest, std::abs(number));
  return largest;
}

Tensor with_rounding(const Tensor& x, double units, double size, Random& random) {
  std::vector<double> noise = numbers_of(x);
  for (double& number : noise) number = random_rounding(number, units, size, random);
  return x + tensor_from(noise, x.shape(), float64);
}

/// Takes a record apart.
class Shadow::Reader {
 public:
  Reader(Shadow& shadow, std::span<const Tensor> xs) : shadow_(shadow) {
    for (const Tensor& x : xs) place_.emplace(x.node(), place_.size());
  }

  /// Takes over what leads to y, also inside checkpoints.
  void add(const Tensor& y) {
    const std::vector<Operation> operations = operations_behind(y);
    for (const Operation& operation : operations) {
      if (place_.contains(operation.result().node())) continue;
      const bool is_source = operation.is_source();
      if (is_source || operation.is_overtaken()) {
        shadow_.obstacle_ =
            fmt::format("{} (operation {}) {}", operation.info().name, operation.number(),
                        is_source ? "leads through Values" : "was overtaken in place");
        return;
      }
      const EnableGrad enable_grad;
      const Tape tape;  // for Values on the way
      const Tensor inside = operation.inside(operation.operands());
      if (inside.defined())
        add(inside);
      else
        step(operation);
      if (!shadow_.obstacle_.empty()) return;
      if (inside.defined()) place_.emplace(operation.result().node(), place_of(inside));
      kept_.push_back(inside);
    }
  }
  /// Of a result, an input or a constant.
  std::size_t place_of(const Tensor& tensor) {
    const auto found = place_.find(tensor.node());
    if (found != place_.end()) return found->second;
    const Tensor elements = tensor.detach();
    kept_.push_back(tensor);
    return place_
        .emplace(tensor.node(), shadow_.add({{},
                                             shadow_.in_float64_ && elements.dtype() == float32
                                                 ? elements.to(float64)
                                                 : elements,
                                             {}}))
        .first->second;
  }

 private:
  void step(const Operation& operation) {
    Step step{operation, {}, {}};
    for (const Tensor& operand : operation.operands()) step.operands.push_back(place_of(operand));
    place_.emplace(operation.result().node(), shadow_.add(std::move(step)));
  }

  Shadow& shadow_;
  std::unordered_map<const void*, std::size_t> place_;
  std::vector<Tensor> kept_;  ///< so that no two have the same place in memory
};

Shadow::Shadow(const Tensor& y, std::span<const Tensor> xs, bool in_float64)
    : inputs_(xs.size()), in_float64_(in_float64) {
  Reader reader(*this, xs);
  reader.add(y);
  if (obstacle_.empty()) root_ = reader.place_of(y);
}

std::size_t Shadow::add(Step step) {
  steps_.push_back(std::move(step));
  return inputs_ + steps_.size() - 1;
}

std::vector<Tensor> Shadow::all(std::span<const Tensor> xs, Random* random) const {
  std::vector<Tensor> tensors(xs.begin(), xs.end());
  for (const Step& step : steps_) {
    if (!step.operation) {
      tensors.push_back(step.constant);
      continue;
    }
    std::vector<Tensor> operands;
    for (const std::size_t place : step.operands) {
      const Tensor& operand = tensors[place];
      const bool is_rounded = random != nullptr && is_floating(operand.dtype());
      operands.push_back(is_rounded ? with_rounding(operand, kOperandUnits, 0.0, *random)
                                    : operand);
    }
    // Between floating types there is nothing to convert here.
    Tensor result = in_float64_ && &step.operation->info() == &op::To::info
                        ? operands[0]
                        : step.operation->again(operands);
    if (random != nullptr) round_result(result, operands, step.operation->info(), *random);
    tensors.push_back(std::move(result));
  }
  return tensors;
}

bool Shadow::has_custom() const {
  return std::ranges::any_of(steps_, [](const Step& step) {
    if (!step.operation) return false;
    const OpEntry* entry = find_op(step.operation->info().name);
    return entry == nullptr || entry->info != &step.operation->info();
  });
}

std::string obstacle_of(const Shadow& shadow, std::span<const Tensor> xs) {
  if (!shadow.obstacle().empty()) return shadow.obstacle();
  std::vector<Tensor> twice;
  for (const Tensor& x : xs) twice.push_back(variable(x.detach().to(float64)));
  try {
    const EnableGrad enable_grad;
    const Tensor y = shadow(twice);
    for (const Operation& operation : operations_behind(y)) {
      if (operation.result().dtype() == float32)
        return std::string(operation.info().name) + " gives float32 whatever it is given";
    }
    if (y.dtype() == float32) return "the result is float32 whatever is given";
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

bool Shadow::overflows(std::span<const Tensor> xs) const {
  for (const Tensor& tensor : all(xs, nullptr)) {
    if (!is_floating(tensor.dtype())) continue;
    const std::vector<double> numbers = numbers_of(tensor);
    if (std::ranges::any_of(numbers, [](double number) {
          return std::abs(number) > std::numeric_limits<float>::max();
        }))
      return true;
  }
  return false;
}

}  // namespace nabla::check::detail
