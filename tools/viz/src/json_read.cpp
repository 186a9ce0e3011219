// SPDX-License-Identifier: MIT
#include <array>
#include <limits>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/json.hpp>

#include "json_reader.hpp"
#include "json_schema.hpp"
#include "names.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

constexpr std::size_t kMaxBytes = std::size_t{512} << 20;
constexpr int kMaxDepth = 6;  // the schema needs 5: document, list, node, statistics, samples
constexpr std::size_t kMaxSamples = 16;
constexpr std::size_t kMaxRank = 64;
constexpr double kMaxSeconds = std::numeric_limits<float>::max();

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

FiniteDifference read_difference(const json& object, const std::string& where) {
  FiniteDifference difference;
  Reader reader(object, where);
  for (const auto& [key, member] : kDifferenceNumbers) reader.number(key, difference.*member);
  reader.text("verdict", difference.verdict);
  reader.end();
  return difference;
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
  if (!extents.is_array() || extents.size() > kMaxRank)
    reader.wrong("shape", fmt::format("a list of at most {}", kMaxRank));
  for (const json& extent : extents) {
    shape.push_back(reader.as_count<std::int64_t>(extent, "shape"));
  }
  return shape;
}

// Keeps what many nodes have alike once.
class Alike {
 public:
  Shared<std::string> text(Reader& reader, std::string_view key) {
    std::string text;
    reader.text(key, text);
    const auto [found, is_new] = texts_.try_emplace(std::move(text));
    if (is_new) found->second = found->first;
    return found->second;
  }
  Shared<GraphOp> op(Reader& reader) {
    std::array<std::string, kOpTexts.size()> texts;
    GraphOp op;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      reader.text(kOpTexts[i].first, texts[i]);
      op.*kOpTexts[i].second = texts[i];
    }
    const auto [found, is_new] = ops_.try_emplace(std::move(texts));
    if (is_new) found->second = std::move(op);
    return found->second;
  }

 private:
  std::unordered_map<std::string, Shared<std::string>> texts_;
  std::map<std::array<std::string, kOpTexts.size()>, Shared<GraphOp>> ops_;
};

GraphTensor read_tensor(Reader& reader, const std::string& where) {
  GraphTensor tensor;
  if (const json* shape = reader.find("shape")) tensor.shape = read_shape(reader, *shape);
  for (const auto& [key, member] : kTensorBytes) reader.count(key, tensor.*member);
  if (const json* stats = reader.find("value_stats"))
    tensor.value = read_stats(*stats, "value_stats of " + where);
  if (const json* stats = reader.find("gradient_stats"))
    tensor.gradient = read_stats(*stats, "gradient_stats of " + where);
  return tensor;
}

GraphNotes read_notes(Reader& reader, const std::string& where) {
  GraphNotes notes;
  reader.text("remark", notes.remark);
  reader.text("place", notes.place);
  double seconds = 0.0;
  reader.number("seconds", seconds);
  if (!(seconds >= 0.0 && seconds <= kMaxSeconds)) reader.wrong("seconds", "a time");
  notes.seconds = static_cast<float>(seconds);
  if (const json* difference = reader.find("difference"))
    notes.difference = read_difference(*difference, "difference of " + where);
  return notes;
}

GraphNode read_node(const json& object, std::size_t index, Alike& alike) {
  const std::string where = fmt::format("node {}", index);
  GraphNode node;
  Reader reader(object, where);
  node.op = alike.op(reader);
  node.name = alike.text(reader, "name");
  node.dtype = alike.text(reader, "dtype");
  node.role = read_role(reader);
  reader.count("scope", node.scope);
  reader.count("level", node.level);
  node.is_scalar = !reader.flag("tensor");
  node.requires_grad = reader.flag("requires_grad");
  node.has_gradient = reader.flag("has_gradient");
  reader.number("value", node.value);
  reader.number("gradient", node.gradient);
  node.tensor = read_tensor(reader, where);
  node.notes = read_notes(reader, where);
  reader.end();
  return node;
}

void read_edge(const json& object, Graph& graph) {
  GraphEdge& edge = graph.edges.emplace_back();
  Reader reader(object, fmt::format("edge {}", graph.edges.size() - 1));
  edge.from = reader.as_count<std::uint32_t>(reader.need("from"), "from");
  edge.to = reader.as_count<std::uint32_t>(reader.need("to"), "to");
  reader.count("slot", edge.slot);
  reader.number("local", edge.local);
  reader.number("contribution", edge.contribution);
  edge.has_contribution = reader.flag("has_contribution");
  edge.is_saved = reader.flag("saved");
  set_samples(graph, edge, read_samples(reader));
  reader.end();
}

GraphAdjoint read_adjoint(const json& object, std::size_t index) {
  GraphAdjoint adjoint;
  Reader reader(object, fmt::format("adjoint {}", index));
  adjoint.node = reader.as_count<std::uint32_t>(reader.need("node"), "node");
  adjoint.of = reader.as_count<std::uint32_t>(reader.need("of"), "of");
  reader.end();
  return adjoint;
}

GraphScope read_scope(const json& object, std::size_t index) {
  GraphScope scope;
  Reader reader(object, fmt::format("scope {}", index));
  reader.count("parent", scope.parent);
  reader.text("name", scope.name);
  reader.text("place", scope.place);
  reader.end();
  return scope;
}

Graph read_graph(const json& document) {
  Reader reader(document, "the document");
  if (reader.need("schema") != kSchema) reader.wrong("schema", kSchema);
  Graph graph;
  graph.root = reader.as_count<std::uint32_t>(reader.need("root"), "root");
  for (const json& scope : reader.list("scopes")) {
    graph.scopes.push_back(read_scope(scope, graph.scopes.size()));
  }
  Alike alike;
  for (const json& node : reader.list("nodes")) {
    graph.nodes.push_back(read_node(node, graph.nodes.size(), alike));
  }
  for (const json& edge : reader.list("edges")) read_edge(edge, graph);
  if (reader.find("adjoints") != nullptr) {
    for (const json& adjoint : reader.list("adjoints"))
      graph.adjoints.push_back(read_adjoint(adjoint, graph.adjoints.size()));
  }
  for (const json& edge : reader.list("backward_order")) {
    graph.backward_order.push_back(reader.as_count<std::uint32_t>(edge, "backward_order"));
  }
  reader.end();
  if (const std::string found = defect(graph); !found.empty()) fail(found);
  return graph;
}

}  // namespace

Graph from_json(std::string_view text) {
  try {
    return read_graph(parse_json(text, kMaxBytes, kMaxDepth));
  } catch (const FormatError& error) {
    throw FormatError(
        fmt::format("[from_json] not a graph of schema {}: {}", kSchema, error.what()));
  }
}

}  // namespace nabla::viz
