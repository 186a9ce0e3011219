// SPDX-License-Identifier: MIT
#include <cmath>

#include <fmt/format.h>

#include <nabla/viz/json.hpp>

#include "json_schema.hpp"
#include "names.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

// Members of one object; those that equal their default are left out.
class Members {
 public:
  void add(std::string_view key, const std::string& text) {
    text_ += fmt::format("{}\"{}\": {}", text_.empty() ? "" : ", ", key, text);
  }
  void add_text(std::string_view key, const std::string& value) {
    if (!value.empty()) add(key, quote_json(value));
  }
  void add_number(std::string_view key, double value) {
    if (value != 0.0 || std::signbit(value)) add(key, number_json(value));
  }
  void add_flag(std::string_view key, bool value) {
    if (value) add(key, "true");
  }
  void add_count(std::string_view key, std::int64_t value) {
    if (value != 0) add(key, fmt::format("{}", value));
  }
  [[nodiscard]] std::string object() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

void add_samples(Members& members, const std::vector<double>& samples) {
  std::string text;
  for (const double sample : samples) text += (text.empty() ? "" : ", ") + number_json(sample);
  if (!text.empty()) members.add("samples", "[" + text + "]");
}

void add_stats(Members& node, std::string_view key, const Stats& stats) {
  if (stats == Stats{}) return;
  Members members;
  members.add_count("count", stats.count);
  for (const auto& [name, member] : kStatNumbers) members.add_number(name, stats.*member);
  members.add_count("zeros", stats.zeros);
  members.add_count("nans", stats.nans);
  members.add_count("infinities", stats.infinities);
  add_samples(members, stats.samples);
  node.add(key, members.object());
}

void add_difference(Members& node, const Shared<FiniteDifference>& difference) {
  if (difference.empty()) return;
  Members members;
  for (const auto& [name, member] : kDifferenceNumbers)
    members.add_number(name, (*difference).*member);
  members.add_text("verdict", difference->verdict);
  node.add("difference", members.object());
}

std::string node_object(const GraphNode& node) {
  Members members;
  for (const auto& [key, member] : kOpTexts) members.add_text(key, (*node.op).*member);
  members.add_text("name", node.name);
  members.add_text("dtype", node.dtype);
  members.add_text("remark", node.notes->remark);
  members.add_text("place", node.notes->place);
  members.add("role", quote_json(kRoleNames[static_cast<std::size_t>(node.role)]));
  members.add_count("scope", node.scope);
  if (node.level != 1) members.add_count("level", node.level);
  if (!node.is_scalar) members.add("tensor", "true");
  if (!node.tensor->shape.empty()) {
    members.add("shape", fmt::format("[{}]", fmt::join(node.tensor->shape, ", ")));
  }
  for (const auto& [key, member] : kTensorBytes) members.add_count(key, (*node.tensor).*member);
  members.add_flag("requires_grad", node.requires_grad);
  members.add_flag("has_gradient", node.has_gradient);
  members.add_number("value", node.value);
  members.add_number("gradient", node.gradient);
  if (node.notes->seconds > 0) members.add("seconds", fmt::format("{}", node.notes->seconds));
  add_stats(members, "value_stats", node.tensor->value);
  add_stats(members, "gradient_stats", node.tensor->gradient);
  add_difference(members, node.notes->difference);
  return members.object();
}

std::string edge_object(const Graph& graph, const GraphEdge& edge) {
  Members members;
  members.add("from", fmt::format("{}", edge.from));
  members.add("to", fmt::format("{}", edge.to));
  members.add_count("slot", edge.slot);
  members.add_number("local", edge.local);
  members.add_number("contribution", edge.contribution);
  members.add_flag("has_contribution", edge.has_contribution);
  members.add_flag("saved", edge.is_saved);
  add_samples(members, graph.samples[edge.samples]);
  return members.object();
}

std::string adjoint_object(const GraphAdjoint& adjoint) {
  return fmt::format("{{\"node\": {}, \"of\": {}}}", adjoint.node, adjoint.of);
}

std::string scope_object(const GraphScope& scope) {
  Members members;
  members.add_count("parent", scope.parent);
  members.add_text("name", scope.name);
  members.add_text("place", scope.place);
  return members.object();
}

template <class Items, class Writer>
void add_list(std::string& text, std::string_view key, const Items& items, Writer writer) {
  text += fmt::format("\"{}\": [", key);
  const char* separator = "\n";
  for (const auto& item : items) {
    text += separator;
    text += writer(item);
    separator = ",\n";
  }
  text += "\n]";
}

}  // namespace

std::string to_json(const Graph& graph) {
  std::string text = fmt::format("{{\"schema\": \"{}\",\n\"root\": {},\n", kSchema, graph.root);
  add_list(text, "scopes", graph.scopes, scope_object);
  text += ",\n";
  add_list(text, "nodes", graph.nodes, node_object);
  text += ",\n";
  add_list(text, "edges", graph.edges,
           [&graph](const GraphEdge& edge) { return edge_object(graph, edge); });
  if (!graph.adjoints.empty()) {
    text += ",\n";
    add_list(text, "adjoints", graph.adjoints, adjoint_object);
  }
  text += fmt::format(",\n\"backward_order\": [{}]}}\n", fmt::join(graph.backward_order, ", "));
  return text;
}

}  // namespace nabla::viz
