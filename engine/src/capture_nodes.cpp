// SPDX-License-Identifier: MIT
#include "capture_nodes.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>

#include "saves.hpp"
#include "scope_levels.hpp"

namespace nabla::detail {
namespace {

Stats statistics_of(const Tensor& tensor) {
  Stats stats;
  stats.count = tensor.numel();
  double sum = 0.0;
  double squares = 0.0;
  std::int64_t finite = 0;
  const std::vector<double> numbers = tensor.to_vector<double>();
  for (const double x : numbers) {
    stats.nans += std::isnan(x) ? 1 : 0;
    stats.infinities += std::isinf(x) ? 1 : 0;
    stats.zeros += x == 0.0 ? 1 : 0;
    if (!std::isfinite(x)) continue;
    stats.min = finite == 0 ? x : std::min(stats.min, x);
    stats.max = finite == 0 ? x : std::max(stats.max, x);
    sum += x;
    squares += x * x;
    ++finite;
  }
  if (finite > 0) stats.mean = sum / static_cast<double>(finite);
  double deviations = 0.0;
  for (const double x : numbers)
    if (std::isfinite(x)) deviations += (x - stats.mean) * (x - stats.mean);
  if (finite > 0) stats.deviation = std::sqrt(deviations / static_cast<double>(finite));
  stats.norm = std::sqrt(squares);
  stats.samples.assign(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                              numbers.size(), kMostSamples)));
  return stats;
}

// Without the folders, which differ from one computer to another.
std::string place_of(std::string_view file, int line) {
  if (file.empty()) return {};
  return fmt::format("{}:{}", file.substr(file.find_last_of("/\\") + 1), line);
}

Role role_of(const Node& node) {
  if (node.rule != nullptr) return Role::operation;
  if (node.has(kParameter)) return Role::parameter;
  return node.has(kRequiresGrad) ? Role::input : Role::constant;
}

}  // namespace

Shared<GraphOp> GraphOps::operator()(const OpInfo& info) {
  const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(&info) / alignof(OpInfo);
  Known& known = recent_[(address ^ (address >> 5)) % recent_.size()];
  if (known.info != &info) {
    const auto made = [&info] {
      return GraphOp{std::string(info.name), std::string(info.label()), std::string(info.formula),
                     std::string(info.gradient)};
    };
    auto found = of_.find(&info);
    if (found == of_.end()) found = of_.try_emplace(&info, made()).first;
    known = {&info, &found->second};
  }
  return (*known.supply)();
}

void GraphNames::set_name(GraphNode& node, const KeptName& name) {
  if (name.text.empty()) return;
  const auto first = static_cast<unsigned char>(name.text.front()),
             last = static_cast<unsigned char>(name.text.back());
  Shared<std::string>& recent = recent_names_[(first + 7U * last) % recent_names_.size()];
  if (*recent != name.text) recent = name.text;
  node.name = recent;
  if (*name.file != '\0') set_place(node, name.file, name.line);
}

void GraphNames::set_line(GraphNode& node, std::uint32_t entry) {
  const ScopeEntry& line = scope_entry(entry);
  if (line.is_line && node.notes->place.empty()) set_place(node, line.file, line.line);
}

void GraphNames::set_place(GraphNode& node, const char* file, int line) {
  Place& recent = recent_places_[static_cast<unsigned>(line) % recent_places_.size()];
  if (recent.file != file || recent.line != line) {
    recent = {file, line, {}};
    recent.notes.edit().place = place_of(file, line);
  }
  if (node.notes.empty())
    node.notes = recent.notes;
  else
    node.notes.edit().place = recent.notes->place;
}

GraphNode tensor_node(Node& node) {
  const Tensor tensor = Tensor::share(&node);
  GraphNode out;
  out.requires_grad = node.has(kRequiresGrad);
  out.role = role_of(node);
  out.is_scalar = false;
  out.dtype = name_of(node.dtype);
  GraphTensor& facts = out.tensor.edit();
  facts.shape.assign(node.sizes(), node.sizes() + node.rank);
  facts.value = statistics_of(tensor);
  if (node.numel() == 1) out.value = tensor.item();
  return out;
}

void ElementCount::operator()(const Node& node, GraphNode& out) {
  const auto [place, is_new] = elements_.try_emplace(node.storage);
  // A leaf may show a part of a storage, or one element many times, or what another leaf shows.
  GraphTensor& tensor = out.tensor.edit();
  if (is_new || node.rule == nullptr) {
    const auto all = static_cast<std::int64_t>(node.storage->node()->bytes());
    tensor.bytes = std::min(static_cast<std::int64_t>(node.bytes()), all - place->second.bytes);
  }
  place->second.bytes += tensor.bytes;
  if (node.rule == nullptr) return;
  const std::uint32_t saves = saved_by(node);
  for (int i = 0; i < node.edge_count; ++i) {
    if (!saves_operand(saves, i)) continue;
    tensor.saved_bytes += node.holds_number(i) ? static_cast<std::int64_t>(sizeof(double))
                                               : first_read(*node.operand(i));
  }
  if (saves_result(saves)) tensor.saved_bytes += first_read(node);
}

std::int64_t ElementCount::first_read(const Node& node) {
  Elements& elements = elements_.at(node.storage);
  return elements.bytes - std::exchange(elements.read, elements.bytes);
}

void set_gradient(GraphNode& node, const Tensor& gradient) {
  node.has_gradient = true;
  node.tensor.edit().gradient = statistics_of(gradient);
  if (gradient.numel() == 1) node.gradient = gradient.item();
}

void set_contribution(Graph& graph, GraphEdge& edge, const Tensor& addend) {
  const bool is_small = addend.numel() <= static_cast<std::int64_t>(kMostSamples);
  if (is_small) set_samples(graph, edge, addend.to_vector<double>());
  edge.contribution = addend.numel() == 1 ? addend.item() : statistics_of(addend).norm;
  edge.has_contribution = true;
}

std::uint32_t ScopeNumbers::number(std::uint32_t entry, std::uint32_t level) {
  const auto key = [level](std::uint32_t each) {
    return std::uint64_t{level} << 32 | scope_entry(each).scope;
  };
  const auto is_top = [](std::uint32_t each) { return each == 0 || scope_level(each).is_top; };
  std::vector<std::uint32_t> unknown;
  while (!is_top(entry) && !number_of_.contains(key(entry))) {
    if (!scope_entry(entry).is_line) unknown.push_back(entry);
    entry = scope_entry(entry).parent;
  }
  std::uint32_t number = is_top(entry) ? 0 : number_of_.at(key(entry));
  for (; !unknown.empty(); unknown.pop_back()) {
    const ScopeEntry& scope = scope_entry(unknown.back());
    graph_.scopes.push_back({number, scope.name, place_of(scope.file, scope.line)});
    number = static_cast<std::uint32_t>(graph_.scopes.size() - 1);
    number_of_[key(unknown.back())] = number;
  }
  return number;
}

}  // namespace nabla::detail
