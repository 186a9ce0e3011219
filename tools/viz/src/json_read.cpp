// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/viz/json.hpp>

#include "json_schema.hpp"
#include "names.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using namespace detail;
using nlohmann::json;

constexpr std::size_t kMaxBytes = std::size_t{512} << 20;
constexpr int kMaxDepth = 6;  // the schema needs 5: document, list, node, statistics, samples
constexpr std::size_t kMaxSamples = 16;
constexpr std::size_t kMaxRank = 64;

[[noreturn]] void fail(const std::string& what) {
  throw FormatError(fmt::format("[from_json] not a graph of schema {}: {}", kSchema, what));
}

// Watches the parser: it would accept any depth and keep the last of repeated members.
class Guard {
 public:
  bool operator()(int depth, json::parse_event_t event, json& value) {
    if (depth >= kMaxDepth) fail("nested too deep");
    if (event == json::parse_event_t::object_start) keys_.emplace_back();
    if (event == json::parse_event_t::object_end) keys_.pop_back();
    if (event == json::parse_event_t::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) fail("member \"" + clean_line(key) + "\" repeated");
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;
};

// The texts of all nodes, each kept once.
class Texts {
 public:
  const Shared<std::string>& kept(std::string text) {
    const auto [found, is_new] = known_.try_emplace(std::move(text));
    if (is_new) found->second = found->first;
    return found->second;
  }

 private:
  std::unordered_map<std::string, Shared<std::string>> known_;
};

// Reads members of one object and, at the end, refuses those that nobody asked for.
class Reader {
 public:
  Reader(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) fail(where_ + " is not an object");
  }

  const json* find(std::string_view key) {
    const auto found = object_.find(key);
    if (found == object_.end()) return nullptr;
    ++used_;
    return &*found;
  }
  const json& need(std::string_view key) {
    const json* found = find(key);
    if (found == nullptr) fail(fmt::format("{} lacks \"{}\"", where_, key));
    return *found;
  }
  void text(std::string_view key, std::string& out) {
    if (const json* found = find(key)) {
      if (!found->is_string()) wrong(key, "a text");
      out = found->get<std::string>();
    }
  }
  void text(std::string_view key, Shared<std::string>& out, Texts& known) {
    std::string text;
    this->text(key, text);
    out = known.kept(std::move(text));
  }
  void flag(std::string_view key, bool& out) {
    if (const json* found = find(key)) {
      if (!found->is_boolean()) wrong(key, "true or false");
      out = found->get<bool>();
    }
  }
  void number(std::string_view key, double& out) {
    if (const json* found = find(key)) out = as_number(*found, key);
  }
  template <class Integer>
  void count(std::string_view key, Integer& out) {
    if (const json* found = find(key)) out = as_count<Integer>(*found, key);
  }
  template <class Integer>
  [[nodiscard]] Integer as_count(const json& value, std::string_view key) const {
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<Integer>::max());
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > largest) {
      wrong(key, "a whole number that is not negative");
    }
    return value.get<Integer>();
  }
  [[nodiscard]] double as_number(const json& value, std::string_view key) const {
    if (value.is_number()) return value.get<double>();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (value == "inf") return infinity;
    if (value == "-inf") return -infinity;
    wrong(key, "a number, \"nan\", \"inf\" or \"-inf\"");
  }
  [[nodiscard]] const json& list(std::string_view key) {
    const json& found = need(key);
    if (!found.is_array()) wrong(key, "a list");
    return found;
  }
  void end() const {
    if (used_ == object_.size()) return;
    fail(fmt::format("{} has members that the schema does not know", where_));
  }
  [[noreturn]] void wrong(std::string_view key, std::string_view needed) const {
    fail(fmt::format("\"{}\" of {} is not {}", key, where_, needed));
  }

 private:
  const json& object_;
  std::string where_;
  std::size_t used_ = 0;
};

std::vector<double> read_samples(Reader& reader) {
  std::vector<double> samples;
  const json* list = reader.find("samples");
  if (list == nullptr) return samples;
  if (!list->is_array() || list->size() > kMaxSamples) {
    reader.wrong("samples", "a list of at most 16 numbers");
  }
  for (const json& sample : *list) samples.push_back(reader.as_number(sample, "samples"));
  return samples;
}

Stats read_stats(const json& object, const std::string& where) {
  Stats stats;
  Reader reader(object, where);
  reader.count("count", stats.count);
  for (const auto& [key, member] : kStatNumbers) reader.number(key, stats.*member);
  reader.count("zeros", stats.zeros);
  reader.count("nans", stats.nans);
  reader.count("infinities", stats.infinities);
  stats.samples = read_samples(reader);
  reader.end();
  // In this order no sum can overflow.
  std::int64_t rest = stats.count;
  for (const std::int64_t part : {stats.nans, stats.infinities, stats.zeros}) {
    if (part > rest) reader.wrong("count", "at least nans, infinities and zeros together");
    rest -= part;
  }
  return stats;
}

Role read_role(Reader& reader) {
  const json& role = reader.need("role");
  for (std::size_t i = 0; i < kRoleNames.size(); ++i) {
    if (role == kRoleNames[i]) return static_cast<Role>(i);
  }
  reader.wrong("role", "one of input, parameter, constant, operation, output");
}

std::vector<std::int64_t> read_shape(Reader& reader, const json& extents) {
  std::vector<std::int64_t> shape;
  if (!extents.is_array() || extents.size() > kMaxRank) reader.wrong("shape", "a short list");
  for (const json& extent : extents) {
    shape.push_back(reader.as_count<std::int64_t>(extent, "shape"));
  }
  return shape;
}

GraphNode read_node(const json& object, std::size_t index, Texts& texts) {
  const std::string where = fmt::format("node {}", index);
  GraphNode node;
  Reader reader(object, where);
  for (const auto& [key, member] : kNodeTexts) reader.text(key, node.*member, texts);
  node.role = read_role(reader);
  reader.count("scope", node.scope);
  reader.count("level", node.level);
  bool tensor = false;
  reader.flag("tensor", tensor);
  node.is_scalar = !tensor;
  if (const json* shape = reader.find("shape")) node.shape = read_shape(reader, *shape);
  for (const auto& [key, member] : kNodeBytes) reader.count(key, node.*member);
  reader.flag("requires_grad", node.requires_grad);
  reader.flag("has_gradient", node.has_gradient);
  reader.number("value", node.value);
  reader.number("gradient", node.gradient);
  if (const json* stats = reader.find("value_stats")) {
    node.value_stats = read_stats(*stats, "value_stats of " + where);
  }
  if (const json* stats = reader.find("gradient_stats")) {
    node.gradient_stats = read_stats(*stats, "gradient_stats of " + where);
  }
  reader.end();
  return node;
}

GraphEdge read_edge(const json& object, std::size_t index) {
  GraphEdge edge;
  Reader reader(object, fmt::format("edge {}", index));
  edge.from = reader.as_count<std::uint32_t>(reader.need("from"), "from");
  edge.to = reader.as_count<std::uint32_t>(reader.need("to"), "to");
  reader.count("slot", edge.slot);
  reader.number("local", edge.local);
  reader.number("contribution", edge.contribution);
  reader.flag("has_contribution", edge.has_contribution);
  edge.samples = read_samples(reader);
  reader.end();
  return edge;
}

GraphScope read_scope(const json& object, std::size_t index) {
  GraphScope scope;
  Reader reader(object, fmt::format("scope {}", index));
  reader.count("parent", scope.parent);
  reader.text("name", scope.name);
  reader.end();
  return scope;
}

json parse(std::string_view text) {
  if (text.size() > kMaxBytes) fail(fmt::format("{} bytes are too many", text.size()));
  Guard guard;
  const auto watch = [&guard](int depth, json::parse_event_t event, json& value) {
    return guard(depth, event, value);
  };
  try {
    return json::parse(text, watch);
  } catch (const json::exception& error) {
    fail(clean_line(error.what()));
  }
}

}  // namespace

Graph from_json(std::string_view text) {
  const json document = parse(text);
  Reader reader(document, "the document");
  if (reader.need("schema") != kSchema) reader.wrong("schema", kSchema);
  Graph graph;
  graph.root = reader.as_count<std::uint32_t>(reader.need("root"), "root");
  for (const json& scope : reader.list("scopes")) {
    graph.scopes.push_back(read_scope(scope, graph.scopes.size()));
  }
  Texts texts;
  for (const json& node : reader.list("nodes")) {
    graph.nodes.push_back(read_node(node, graph.nodes.size(), texts));
  }
  for (const json& edge : reader.list("edges")) {
    graph.edges.push_back(read_edge(edge, graph.edges.size()));
  }
  for (const json& edge : reader.list("backward_order")) {
    graph.backward_order.push_back(reader.as_count<std::uint32_t>(edge, "backward_order"));
  }
  reader.end();
  if (const std::string found = defect(graph); !found.empty()) fail(found);
  return graph;
}

}  // namespace nabla::viz
