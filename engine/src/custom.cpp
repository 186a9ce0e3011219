// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/custom.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/engine/tape.hpp>

namespace nabla {

namespace {

/// The function behind an operation; the attributes are a pointer to it, which they own.
CustomFunction* function_in(const std::byte* attributes) {
  return *reinterpret_cast<CustomFunction* const*>(attributes);
}

[[noreturn]] void throw_empty(const std::string& name) {
  throw GraphError(fmt::format("[{}] an empty function: need both .forward and .backward", name));
}

void check_gradients(const CustomFunction& f, std::span<const Tensor> gradients,
                     std::span<const Tensor> inputs) {
  if (gradients.size() != inputs.size()) {
    throw ShapeError(fmt::format("[{}] backward: got {} gradients, need one for each of {} inputs",
                                 f.name, gradients.size(), inputs.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor &g = gradients[i], &x = inputs[i];
    if (!g.defined() || (g.shape() == x.shape() && g.dtype() == x.dtype())) continue;
    throw ShapeError(fmt::format(
        "[{}] backward: gradient {} is {} of shape {}, need {} of shape {}", f.name, i,
        name_of(g.dtype()), to_string(g.shape()), name_of(x.dtype()), to_string(x.shape())));
  }
}

void backward(BackwardCall& call) {
  const CustomFunction& f = *function_in(call.attribute_bytes());
  std::vector<Tensor> inputs;
  for (int i = 0; i < call.input_count(); ++i) inputs.push_back(call.input(i));
  const Scope scope(f.name, "", 0);  // no place: that is the user's
  const std::vector<Tensor> gradients = f.backward({inputs, call.output(), call.gradient()});
  check_gradients(f, gradients, inputs);
  for (int i = 0; i < call.input_count(); ++i) {
    const Tensor& gradient = gradients[static_cast<std::size_t>(i)];
    if (call.wants(i) && gradient.defined()) call.add(i, gradient);
  }
}

Tensor replay(std::span<const Tensor> operands, const std::byte* attributes) {
  return custom(*function_in(attributes), operands);
}

void release(std::byte* attributes) noexcept {
  std::unique_ptr<CustomFunction>(function_in(attributes)).reset();
}

/// What an operation needs to be shown. It outlives all tensors.
struct Kind {
  Kind(std::string its_name, std::string its_formula, std::string its_gradient)
      : name(std::move(its_name)),
        formula(std::move(its_formula)),
        gradient(std::move(its_gradient)) {}
  std::string name, formula, gradient;
  OpInfo info{.name = name, .formula = formula, .gradient = gradient, .source = "custom"};
  Rule rule{&info,    {kSavesEverything, kSavesEverything, kSavesEverything},
            backward, replay,
            nullptr,  release};
};

/// One for all functions with these texts; never given back.
const Rule& rule_of(const CustomFunction& f) {
  static std::mutex mutex;
  static auto& kinds = *new std::unordered_map<std::string, std::unique_ptr<Kind>>;
  const std::lock_guard lock(mutex);
  auto& kind = kinds[f.name + '\n' + f.formula + '\n' + f.gradient];
  if (kind == nullptr) kind = std::make_unique<Kind>(f.name, f.formula, f.gradient);
  return kind->rule;
}

}  // namespace

Tensor custom(const CustomFunction& f, std::span<const Tensor> inputs) {
  if (!f.forward || !f.backward) throw_empty(f.name);
  std::vector<const Tensor*> operands;
  bool wants_history = false;
  for (const Tensor& input : inputs) operands.push_back(&input);
  detail::check_defined(f.name, operands);
  for (const Tensor& input : inputs) wants_history |= input.requires_grad();
  const Tensor value = [&] {
    const NoGrad no_grad;
    const Scope scope(f.name, "", 0);
    return f.forward(inputs);
  }();
  if (!is_recording() || !wants_history || !is_floating(detail::defined(value, f.name).dtype()))
    return detail::computed(rule_of(f), value, operands);
  auto kept = std::make_unique<CustomFunction>(f);
  CustomFunction* const attribute = kept.get();
  Tensor y = detail::make_computed(rule_of(f), value, operands, &attribute, sizeof(attribute));
  static_cast<void>(kept.release());
  return detail::computed(rule_of(f), std::move(y), operands);
}

namespace {

class CustomExternal final : public External {
 public:
  CustomExternal(const CustomScalars& f, std::vector<double> inputs, std::vector<double> results)
      : f_(f),
        info_{.name = f_.name, .formula = f_.formula, .gradient = f_.gradient},
        inputs_(std::move(inputs)),
        results_(std::move(results)) {}
  [[nodiscard]] const OpInfo& info() const override { return info_; }
  void reverse(std::span<const double> outputs, std::span<double> inputs) override {
    // Zero gradients of results give zero, whatever the function makes of them.
    if (std::ranges::all_of(outputs, [](double g) { return g == 0.0; })) return;
    const std::vector<double> gradient = [&] {
      const Tape own;  // what the rule records has no place on the tape that is swept
      return f_.backward({.inputs = inputs_, .results = results_, .gradient = outputs});
    }();
    if (gradient.size() != inputs.size()) {
      throw ShapeError(
          fmt::format("[{}] backward gave {} gradients, need one for each of {} inputs", f_.name,
                      gradient.size(), inputs.size()));
    }
    std::ranges::transform(gradient, inputs, inputs.begin(), std::plus<>());
  }

 private:
  CustomScalars f_;
  OpInfo info_;
  std::vector<double> inputs_, results_;
};

}  // namespace

std::vector<Value> custom(const CustomScalars& f, std::span<const Value> inputs) {
  if (!f.forward || !f.backward) throw_empty(f.name);
  std::vector<double> numbers;
  numbers.reserve(inputs.size());
  for (const Value& input : inputs) numbers.push_back(input.value());
  const std::vector<double> results = [&] {
    const Tape own;
    return f.forward(numbers);
  }();
  if (inputs.empty()) return {results.begin(), results.end()};
  return Tape::active().record_external(
      inputs, results, std::make_unique<CustomExternal>(f, std::move(numbers), results));
}

}  // namespace nabla
