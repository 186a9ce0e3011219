// SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/bridge.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/sweep.hpp>

namespace nabla {
namespace {

using detail::Sweep;

Sweep& joint_sweep() {
  Sweep* sweep = Sweep::current();
  if (sweep == nullptr) {
    throw GraphError(
        "[sweep] scalars and tensors are mixed on this tape: a sweep of the tape alone cannot "
        "reach "
        "the tensors; use backward(y)");
  }
  return *sweep;
}

// ---- Values become a Tensor

class StackedValues;

// What the tensor knows of the tape: its record there, null once that was rewound.
struct StackPlace {
  StackedValues* record;
  std::uint32_t index;  ///< the last value on the tape when the record was written
};

constexpr OpInfo kStackInfo{.name = "stack_values",
                            .formula = "y = the numbers as a tensor",
                            .gradient = "dL/dx_i = g_i",
                            .source = "definition"};

// The gradient of the stacked tensor waits here until the scalar sweep comes past.
class StackedValues : public External {
 public:
  ~StackedValues() override { place().record = nullptr; }

  void attach(Tensor tensor) { tensor_ = std::move(tensor); }
  [[nodiscard]] const OpInfo& info() const override { return kStackInfo; }
  void deliver(const Tensor& gradient) { gradient_ = gradient; }

  void reverse(std::span<const double>, std::span<double> input_adjoints) override {
    joint_sweep().run_down_to(tensor_.node()->sequence - 1);
    const Tensor gradient = std::exchange(gradient_, Tensor());
    if (gradient.defined()) std::ranges::copy(gradient.to_vector<double>(), input_adjoints.begin());
  }

 private:
  StackPlace& place() { return *reinterpret_cast<StackPlace*>(tensor_.node()->attributes()); }

  Tensor tensor_, gradient_;
};

// True while the scalar half of a joint sweep is under way in this thread.
thread_local constinit bool scalars_are_swept = false;

// Switches the mark off again, also when the sweep throws.
class ScalarSweep {
 public:
  ScalarSweep() { scalars_are_swept = true; }
  ~ScalarSweep() { scalars_are_swept = false; }
  ScalarSweep(const ScalarSweep&) = delete;
  ScalarSweep& operator=(const ScalarSweep&) = delete;
};

void stack_backward(BackwardCall& call) {
  const auto& place = call.attributes<StackPlace>();
  if (place.record == nullptr) {
    throw GraphError(
        "[backward] the Values that were stacked into this tensor are no longer on their tape: it "
        "was rewound; sweep before rewinding");
  }
  if (call.create_graph()) {
    throw GraphError(
        "[backward] create_graph does not reach through stacked Values; compute on tensors, or use "
        "nested scalars for second derivatives");
  }
  place.record->deliver(call.gradient());
  if (scalars_are_swept) return;
  const ScalarSweep under_way;
  Tape::active().sweep_from(place.index);
}

Tensor stack_replay(std::span<const Tensor>, const std::byte*) {
  throw GraphError("[replay] stacked Values cannot be replayed as a tensor op");
}

constexpr Rule kStackRule{&kStackInfo, {}, stack_backward, stack_replay};

// ---- elements become Values

constexpr OpInfo kElementInfo{.name = "element",
                              .formula = "y = x[i]",
                              .gradient = "dL/dx = g at i, 0 elsewhere",
                              .source = "definition"};

class TakenElements : public External {
 public:
  /// `first` is the row-major place of the first element taken.
  TakenElements(Tensor tensor, std::int64_t first) : tensor_(std::move(tensor)), first_(first) {}

  [[nodiscard]] const OpInfo& info() const override { return kElementInfo; }

  void reverse(std::span<const double> output_adjoints, std::span<double>) override {
    Sweep& sweep = joint_sweep();
    if (std::ranges::all_of(output_adjoints, [](double g) { return g == 0.0; })) return;
    Tensor contribution = zeros_like(tensor_);
    visit_floating(tensor_.dtype(), [&](auto zero) {
      using T = decltype(zero);
      std::ranges::transform(output_adjoints,
                             reinterpret_cast<T*>(contribution.node()->data) + first_,
                             [](double g) { return static_cast<T>(g); });
    });
    sweep.add(tensor_.node(), std::move(contribution));
  }

 private:
  Tensor tensor_;
  std::int64_t first_;
};

std::vector<Value> take(const Tensor& tensor, std::int64_t first, std::span<const double> numbers) {
  if (!tensor.requires_grad() || !is_recording()) return {numbers.begin(), numbers.end()};
  return Tape::active().record_external({}, numbers,
                                        std::make_unique<TakenElements>(tensor, first));
}

}  // namespace

Tensor stack(std::span<const Value> values, const Shape& shape) {
  if (static_cast<std::int64_t>(values.size()) != shape.numel()) {
    throw ShapeError(fmt::format("[stack] wrong number of Values: got {}, need {} for shape {}",
                                 values.size(), shape.numel(), to_string(shape)));
  }
  const bool has_history = is_recording() && std::ranges::any_of(values, &Value::is_active);
  const StackPlace nowhere{nullptr, 0};
  Tensor tensor = has_history
                      ? detail::make_source(kStackRule, shape, float64, &nowhere, sizeof nowhere)
                      : detail::make_tensor(shape, float64);
  std::ranges::transform(values, reinterpret_cast<double*>(tensor.node()->data), &Value::value);
  if (!has_history) return tensor;
  auto record = std::make_unique<StackedValues>();
  record->attach(tensor);
  const StackPlace place{record.get(), Tape::active().last()};
  static_cast<void>(Tape::active().record_external(values, {}, std::move(record)));
  *reinterpret_cast<StackPlace*>(tensor.node()->attributes()) = place;
  return tensor;
}

Value element(const Tensor& tensor, std::initializer_list<std::int64_t> indices) {
  const double number = tensor.at(indices);
  std::int64_t place = 0;
  int axis = 0;
  for (const std::int64_t index : indices) {
    const std::int64_t size = tensor.size(axis++);
    place = place * size + (index < 0 ? index + size : index);
  }
  return take(tensor, place, {&number, 1}).front();
}

std::vector<Value> elements(const Tensor& tensor) {
  return take(tensor, 0, tensor.to_vector<double>());
}

}  // namespace nabla
