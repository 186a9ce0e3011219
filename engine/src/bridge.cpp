// SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/bridge.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>

#include "bridge_records.hpp"

namespace nabla {
namespace detail {
namespace {

Sweep& joint_sweep() {
  Sweep* sweep = Sweep::current();
  if (sweep == nullptr) {
    throw GraphError(
        "[sweep] scalars and tensors are mixed on this tape: a sweep of the tape alone cannot "
        "reach the tensors; use backward(y)");
  }
  return *sweep;
}

// ---- Values become a Tensor

// What the tensor knows of the tape.
struct StackPlace {
  const StackedValues* record;  ///< null once it was rewound
  const Tape* tape;
  std::uint32_t index;  ///< the last value on the tape when the record was written
};

constexpr OpInfo kStackInfo{.name = "stack_values",
                            .formula = "y = the numbers as a tensor",
                            .gradient = "dL/dx_i = g_i",
                            .source = "definition"};

StackPlace& place_in(Node& node) { return *reinterpret_cast<StackPlace*>(node.attributes()); }

void stack_backward(BackwardCall& call) {
  Node& node = *call.output().node();
  static_cast<void>(record_of(node, "backward"));
  if (call.create_graph()) {
    throw GraphError(
        "[backward] create_graph does not reach through stacked Values; compute on tensors, or use "
        "nested scalars for second derivatives");
  }
  Sweep& sweep = joint_sweep();
  sweep.hand_over(node, call.gradient());
  if (sweep.set_tape_under_way(true)) return;
  Tape::active().sweep_from(place_in(node).index);
  sweep.set_tape_under_way(false);
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

std::vector<Value> record_taken(const Tensor& tensor, std::int64_t first,
                                std::span<const double> numbers) {
  if (!tensor.requires_grad() || !is_recording()) return {numbers.begin(), numbers.end()};
  return Tape::active().record_external({}, numbers,
                                        std::make_unique<TakenElements>(tensor, first));
}

}  // namespace

bool is_stacked(const Node& node) { return node.rule == &kStackRule; }

const StackedValues& record_of(const Node& node, const char* op) {
  const StackPlace& place = *reinterpret_cast<const StackPlace*>(node.attributes());
  if (place.record == nullptr) {
    throw GraphError(fmt::format(
        "[{}] the Values that were stacked into this tensor are no longer on their tape: it was "
        "rewound; ask before rewinding",
        op));
  }
  if (place.tape != &Tape::active()) {
    throw GraphError(fmt::format(
        "[{}] the Values that were stacked into this tensor stand on another tape than the active "
        "one; ask while their tape is active",
        op));
  }
  return *place.record;
}

StackedValues::~StackedValues() { place_in(*tensor_.node()).record = nullptr; }

const OpInfo& StackedValues::info() const { return kStackInfo; }

void StackedValues::reverse(std::span<const double>, std::span<double> input_adjoints) {
  Sweep& sweep = joint_sweep();
  sweep.run_down_to(tensor_.node()->sequence - 1);
  const Tensor gradient = sweep.take(*tensor_.node());
  if (gradient.defined()) std::ranges::copy(gradient.to_vector<double>(), input_adjoints.begin());
}

const OpInfo& TakenElements::info() const { return kElementInfo; }

void TakenElements::reverse(std::span<const double> output_adjoints, std::span<double>) {
  Sweep& sweep = joint_sweep();
  if (std::ranges::all_of(output_adjoints, [](double g) { return g == 0.0; })) return;
  sweep.add(tensor_.node(), contribution(output_adjoints));
}

Tensor TakenElements::contribution(std::span<const double> output_adjoints) const {
  Tensor contribution = zeros_like(tensor_);
  visit_floating(tensor_.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::ranges::transform(output_adjoints,
                           reinterpret_cast<T*>(contribution.node()->data) + first_,
                           [](double g) { return static_cast<T>(g); });
  });
  return contribution;
}

}  // namespace detail

Tensor stack(std::span<const Value> values, const Shape& shape) {
  shape.check("stack");
  if (static_cast<std::int64_t>(values.size()) != shape.numel()) {
    throw ShapeError(fmt::format("[stack] wrong number of Values: got {}, need {} for shape {}",
                                 values.size(), shape.numel(), to_string(shape)));
  }
  if (detail::are_told<Value>() && std::ranges::any_of(values, detail::is_watched)) {
    throw GraphError(
        "[stack] got Values of the function that a Program records, which does not follow them "
        "into a Tensor; compute with Values");
  }
  Tape& tape = Tape::active();
  const bool has_history = is_recording() && std::ranges::any_of(values, &Value::is_active);
  const detail::StackPlace nowhere{};
  Tensor tensor = has_history ? detail::make_source(detail::kStackRule, shape, float64, &nowhere,
                                                    sizeof nowhere)
                              : detail::make_tensor(shape, float64);
  std::ranges::transform(values, reinterpret_cast<double*>(tensor.node()->data), &Value::value);
  if (!has_history) return tensor;
  std::vector<std::uint32_t> inputs;
  inputs.reserve(values.size());
  for (const Value& x : values) inputs.push_back(x.is_active() ? x.index() : 0);
  auto record = std::make_unique<detail::StackedValues>(tensor, std::move(inputs));
  const detail::StackPlace place{record.get(), &tape, tape.last()};
  static_cast<void>(tape.record_external(values, {}, std::move(record)));
  detail::place_in(*tensor.node()) = place;
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
  return detail::record_taken(tensor, place, {&number, 1}).front();
}

std::vector<Value> elements(const Tensor& tensor) {
  return detail::record_taken(tensor, 0, tensor.to_vector<double>());
}

}  // namespace nabla
