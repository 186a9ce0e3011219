// SPDX-License-Identifier: MIT
#include <algorithm>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/nn/module.hpp>

namespace nabla::nn {

Tensor Module::operator()(const Tensor& x, const char* file, int line) {
  const Scope scope(label_.empty() ? kind() : std::string_view(label_), file, line);
  return forward(x);
}

std::string Module::label() const { return label_.empty() ? std::string(kind()) : label_; }

void Module::collect(const std::string& prefix, std::vector<NamedTensor>& out) const {
  for (const NamedTensor& own : own_) out.push_back({prefix + own.name, own.tensor});
  // Modules are nested as deep as somebody wrote them down, so this recursion is shallow.
  for (const Child& child : children_) child.module->collect(prefix + child.name + '.', out);
}

std::vector<NamedTensor> Module::named_parameters() const {
  std::vector<NamedTensor> all;
  collect("", all);
  return all;
}

std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> all;
  for (NamedTensor& parameter : named_parameters()) all.push_back(std::move(parameter.tensor));
  return all;
}

std::int64_t Module::parameter_count() const {
  std::int64_t count = 0;
  for (const Tensor& parameter : parameters()) count += parameter.numel();
  return count;
}

void Module::zero_grad() {
  for (Tensor& parameter : parameters()) parameter.zero_grad();
}

void Module::train(bool training) {
  training_ = training;
  for (const Child& child : children_) child.module->train(training);
}

void Module::require_new(std::string_view name) const {
  const auto taken = [&](const auto& entry) { return entry.name == name; };
  if (name.empty() || name.find('.') != std::string_view::npos ||
      std::ranges::any_of(own_, taken) || std::ranges::any_of(children_, taken))
    throw GraphError(fmt::format(
        "[{}] got the name \"{}\" for a part, need a new one without a dot", kind(), name));
}

Tensor Module::add_parameter(std::string_view name, const Tensor& initial) {
  require_new(name);
  Tensor parameter = variable(initial, Name(name, ""));
  parameter.node()->flags |= detail::kParameter;
  own_.push_back({std::string(name), parameter});
  return parameter;
}

Module& Module::adopt(std::string_view name, std::unique_ptr<Module> module) {
  require_new(name);
  module->label_ = fmt::format("{}:{}", name, module->kind());
  children_.push_back({std::string(name), std::move(module)});
  for (const NamedTensor& parameter : named_parameters())
    named(parameter.tensor, Name(parameter.name, ""));
  return *children_.back().module;
}

}  // namespace nabla::nn
