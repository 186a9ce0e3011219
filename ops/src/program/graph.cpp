// SPDX-License-Identifier: MIT
#include "program/graph.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/ops/own_op.hpp>
#include <nabla/ops/stop_gradient.hpp>

namespace nabla::detail {
namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 29;
}

std::uint64_t hash_of(const ProgramNode& node, std::span<const double> parameters) {
  std::uint64_t hash =
      mixed(reinterpret_cast<std::uintptr_t>(node.op), std::bit_cast<std::uint64_t>(node.constant));
  for (const std::uint32_t operand : node.operands) hash = mixed(hash, operand);
  for (const double parameter : parameters)
    hash = mixed(hash, std::bit_cast<std::uint64_t>(parameter));
  return hash;
}

}  // namespace

ProgramOps::ProgramOps(const ProgramOptions& options) : own_(options.own_ops) {
  for (std::size_t i = 0; i < own_.size(); ++i)
    if (own_[i] == nullptr) throw GraphError(fmt::format("[Program] own_ops[{}] is null", i));
}

const OpEntry* ProgramOps::find(std::string_view name) const {
  const auto own =
      std::ranges::find(own_, name, [](const OpEntry* entry) { return entry->info->name; });
  const OpEntry& held = entry_of<op::StopGradient>();
  const OpEntry* op = own != own_.end() ? *own : name == held.info->name ? &held : find_op(name);
  return op != nullptr && op->lanes != nullptr ? op : nullptr;
}

bool ProgramOps::is_own(const OpEntry& op) {
  return &op != &entry_of<op::StopGradient>() && &op != find_op(op.info->name);
}

ProgramBuilder::ProgramBuilder(std::size_t inputs) {
  graph_.inputs = inputs;
  graph_.nodes.resize(inputs, {.is_active = true});
  hashes_.resize(inputs);
}

bool ProgramBuilder::are_equal(const ProgramNode& a, const ProgramNode& b,
                               std::span<const double> parameters_of_b) const {
  if (a.op != b.op || a.operands != b.operands || !same_bits(a.constant, b.constant)) return false;
  return a.op == nullptr || std::ranges::equal(graph_.parameters_of(a), parameters_of_b, same_bits);
}

template <class IsEqual>
std::size_t ProgramBuilder::place_of(std::uint64_t hash, const IsEqual& is_equal) const {
  const std::size_t mask = table_.size() - 1;
  std::size_t place = hash & mask;
  while (table_[place] != kNone && !(hashes_[table_[place]] == hash && is_equal(table_[place])))
    place = (place + 1) & mask;
  return place;
}

// Half of the places stay free.
void ProgramBuilder::grow_table() {
  constexpr std::size_t kLeastPlaces = 64;
  table_.assign(std::max(kLeastPlaces, 2 * table_.size()), kNone);
  for (std::size_t i = graph_.inputs; i < hashes_.size(); ++i) {
    table_[place_of(hashes_[i], [](std::uint32_t) { return false; })] =
        static_cast<std::uint32_t>(i);
  }
}

std::uint32_t ProgramBuilder::shared(const ProgramNode& node, std::span<const double> parameters) {
  const std::uint64_t hash = hash_of(node, parameters);
  if (2 * (hashes_.size() - graph_.inputs) >= table_.size()) grow_table();
  std::uint32_t& there = table_[place_of(
      hash, [&](std::uint32_t other) { return are_equal(graph_.nodes[other], node, parameters); })];
  if (there != kNone) return there;
  there = static_cast<std::uint32_t>(graph_.nodes.size());
  hashes_.push_back(hash);
  graph_.nodes.push_back(node);
  graph_.nodes.back().first_parameter = static_cast<std::uint32_t>(graph_.parameters.size());
  graph_.parameters.insert(graph_.parameters.end(), parameters.begin(), parameters.end());
  return there;
}

std::uint32_t ProgramBuilder::constant(double value) { return shared({.constant = value}, {}); }

std::uint32_t ProgramBuilder::operation(const OpEntry& op, std::span<const std::uint32_t> operands,
                                        std::span<const double> parameters) {
  ProgramNode node{.op = &op};
  std::ranges::copy(operands, node.operands.begin());
  node.is_active = std::ranges::any_of(
      operands, [&](std::uint32_t operand) { return graph_.nodes[operand].is_active; });
  return shared(node, parameters);
}

void ProgramBuilder::guard(const ProgramGuard& guard) {
  if (!node(guard.a).is_number() || !node(guard.b).is_number()) graph_.guards.push_back(guard);
}

ProgramGraph ProgramBuilder::finish() {
  std::vector<bool> needed(graph_.nodes.size());
  for (std::size_t i = 0; i < graph_.inputs; ++i) needed[i] = true;
  for (const std::uint32_t output : graph_.outputs) needed[output] = true;
  for (const ProgramGuard& guard : graph_.guards) needed[guard.a] = needed[guard.b] = true;
  for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
    if (!needed[i]) continue;
    const ProgramNode& node = graph_.nodes[i];
    for (std::size_t k = 0; k < node.arity(); ++k) needed[node.operands[k]] = true;
  }

  ProgramGraph kept;
  kept.inputs = graph_.inputs;
  std::vector<std::uint32_t> place(graph_.nodes.size());
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (!needed[i]) continue;
    place[i] = static_cast<std::uint32_t>(kept.nodes.size());
    ProgramNode node = graph_.nodes[i];
    for (std::size_t k = 0; k < node.arity(); ++k) node.operands[k] = place[node.operands[k]];
    if (node.op != nullptr) {
      const std::span<const double> parameters = graph_.parameters_of(node);
      node.first_parameter = static_cast<std::uint32_t>(kept.parameters.size());
      kept.parameters.insert(kept.parameters.end(), parameters.begin(), parameters.end());
    }
    kept.nodes.push_back(node);
  }
  for (const std::uint32_t output : graph_.outputs) kept.outputs.push_back(place[output]);
  for (ProgramGuard guard : graph_.guards) {
    guard.a = place[guard.a];
    guard.b = place[guard.b];
    kept.guards.push_back(guard);
  }
  std::ranges::sort(kept.guards);
  kept.guards.erase(std::unique(kept.guards.begin(), kept.guards.end()), kept.guards.end());
  return kept;
}

}  // namespace nabla::detail
