// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/viz/diagnose.hpp>
#include <nabla/viz/explain.hpp>

#include "names.hpp"
#include "table.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

constexpr std::size_t kMaxOps = 12;
constexpr std::size_t kMaxMemoryOps = 4;

std::size_t depth_of(const Graph& graph) {
  std::vector<std::size_t> depth(graph.nodes.size(), 1);
  for (const GraphEdge& edge : graph.edges) {
    depth[edge.to] = std::max(depth[edge.to], depth[edge.from] + 1);
  }
  return *std::max_element(depth.begin(), depth.end());
}

// What `amount` says of each node, added up by op, the most first; ops that have nothing are left out.
template <class Amount>
std::vector<std::pair<std::string, double>> by_op(const Graph& graph, Amount amount) {
  std::map<std::string, double> sums;
  for (const GraphNode& node : graph.nodes) {
    if (!node.op.empty()) sums[clean_line(node.op->name, 40)] += static_cast<double>(amount(node));
  }
  std::vector<std::pair<std::string, double>> sorted(sums.begin(), sums.end());
  std::erase_if(sorted, [](const auto& entry) { return entry.second == 0; });
  std::ranges::stable_sort(sorted, std::ranges::greater{},
                           [](const auto& sum) { return sum.second; });
  return sorted;
}

std::string ops_text(const Graph& graph) {
  const auto counts = by_op(graph, [](const GraphNode&) { return 1; });
  std::string text;
  for (std::size_t i = 0; i < std::min(counts.size(), kMaxOps); ++i) {
    text += fmt::format("{}{:.0f} {}", i == 0 ? "" : ", ", counts[i].second, counts[i].first);
  }
  if (counts.size() > kMaxOps) text += fmt::format(", {} other ops", counts.size() - kMaxOps);
  return text.empty() ? "none" : text;
}

// "1.2 MiB of elements: 1 MiB by matmul, 200 KiB by relu": the sum over all nodes, and the ops with
// most.
std::string memory_text(const Graph& graph, std::int64_t GraphTensor::*bytes,
                        std::string_view what) {
  double sum = 0.0;
  for (const GraphNode& node : graph.nodes) sum += static_cast<double>((*node.tensor).*bytes);
  const auto by = by_op(graph, [bytes](const GraphNode& node) { return (*node.tensor).*bytes; });
  std::string text = bytes_text(sum) + std::string(what);
  for (std::size_t i = 0; i < std::min(by.size(), kMaxMemoryOps); ++i)
    text += fmt::format("{}{} by {}", i == 0 ? ": " : ", ", bytes_text(by[i].second), by[i].first);
  if (by.size() > kMaxMemoryOps) text += ", ...";
  return text;
}

void add_memory(const Graph& graph, Table& table) {
  if (std::ranges::all_of(graph.nodes,
                          [](const GraphNode& node) { return node.tensor->bytes == 0; }))
    return;
  table.row({"memory", memory_text(graph, &GraphTensor::bytes, " of elements")});
  table.row({"", memory_text(graph, &GraphTensor::saved_bytes, " of them kept for the sweep")});
}

std::string roles_text(const Graph& graph) {
  std::array<std::size_t, 5> counts{};
  for (const GraphNode& node : graph.nodes) ++counts[static_cast<std::size_t>(node.role)];
  return fmt::format("{}: {} inputs, {} parameters, {} constants, {} operations",
                     graph.nodes.size(), counts[0], counts[1], counts[2], counts[3] + counts[4]);
}

std::string described(const Graph& graph, const std::vector<std::string>& names, std::size_t i) {
  const GraphNode& node = graph.nodes[i];
  return node.op.empty() ? names[i] : names[i] + ", made by " + clean_line(node.op->name, 40);
}

// The first of each kind of trouble, and how many more there are.
void add_findings(const std::vector<Finding>& findings, Table& table) {
  if (findings.empty()) table.row({"trouble", "none found"});
  for (std::size_t i = 0; i < findings.size();) {
    std::size_t end = i;
    while (end < findings.size() && findings[end].trouble == findings[i].trouble) ++end;
    const std::string more =
        end - i > 1 ? fmt::format("; and {} more", end - i - 1) : std::string();
    table.row({i == 0 ? "trouble" : "", findings[i].text + more});
    i = end;
  }
}

std::string gradients_text(const Graph& graph) {
  std::vector<double> sizes;
  for (const GraphNode& node : graph.nodes) {
    const bool wanted = node.role == Role::input || node.role == Role::parameter;
    const double size = gradient_size(node);
    if (wanted && node.has_gradient && std::isfinite(size)) sizes.push_back(size);
  }
  if (sizes.empty()) return "none";
  std::sort(sizes.begin(), sizes.end());
  return fmt::format("of {} inputs and parameters: smallest {}, median {}, largest {}",
                     sizes.size(), number(sizes.front()), number(sizes[sizes.size() / 2]),
                     number(sizes.back()));
}

void add_graph(const Graph& graph, const std::vector<std::string>& names, Table& table) {
  const GraphNode& root = graph.nodes[graph.root];
  table.row({"root", root.is_scalar
                         ? names[graph.root] + " = " + number(root.value)
                         : names[graph.root] + ", shape " + shape_text(root.tensor->shape)});
  table.row({"nodes", roles_text(graph)});
  table.row({"edges", fmt::format("{}", graph.edges.size())});
  table.row({"depth", fmt::format("{} nodes on the longest path", depth_of(graph))});
  table.row({"ops", ops_text(graph)});
  table.row({"|grad|", gradients_text(graph)});
  add_memory(graph, table);
}

void add_remarks(const Graph& graph, const std::vector<std::string>& names, Table& table) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::string& remark = graph.nodes[i].notes->remark;
    if (!remark.empty())
      table.row({"remark", described(graph, names, i) + ": " + clean_line(remark)});
  }
}

}  // namespace

std::string summary(const Graph& graph, const DiagnoseOptions& options) {
  require_sound(graph, "summary");
  const std::vector<std::string> names = display_names(graph);
  Table table(0);
  add_graph(graph, names, table);
  add_findings(diagnose(graph, options), table);
  add_remarks(graph, names, table);
  return table.text();
}

std::string summary(const Recording& recording, const DiagnoseOptions& options) {
  require_sound(recording.graph, "summary");
  const std::vector<std::string> names = display_names(recording.graph);
  Table table(0);
  add_graph(recording.graph, names, table);
  if (!recording.frames.empty()) {
    const RecordedFrame &first = recording.frames.front(), &last = recording.frames.back();
    table.row({"frames", fmt::format("{}, from step {}, where the loss is {}, to step {}: {}",
                                     recording.frames.size(), first.step, number(first.loss),
                                     last.step, number(last.loss))});
  }
  add_findings(diagnose(recording, options), table);
  add_remarks(recording.graph, names, table);
  return table.text();
}

}  // namespace nabla::viz
