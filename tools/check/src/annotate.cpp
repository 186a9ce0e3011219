// SPDX-License-Identifier: MIT
#include <cstdint>
#include <string>

#include <fmt/core.h>

#include <nabla/check/report.hpp>
#include <nabla/engine/error.hpp>

namespace nabla::check {

namespace {

/// The node of the operation of this kind and name before which so many others were computed.
GraphNode& node_of(Graph& graph, bool is_scalar, const std::string& op, std::int64_t occurrence) {
  for (GraphNode& node : graph.nodes)
    if (node.is_scalar == is_scalar && node.op->name == op && occurrence-- == 0) return node;
  throw GraphError(
      fmt::format("[annotate] graph: it has no such operation '{}' as the report speaks of; need "
                  "the picture of "
                  "the computation that was checked",
                  op));
}

}  // namespace

void annotate(Graph& graph, const Report& report) {
  if (report.order != 1) {
    throw GraphError(
        fmt::format("[annotate] report: got one of order {}, need order 1: its operations are "
                    "those of a gradient",
                    report.order));
  }
  for (const Culprit& culprit : report.culprits) {
    const bool is_inside = culprit.checkpoint >= 0;
    GraphNode& node = is_inside ? node_of(graph, false, "checkpoint", culprit.checkpoint)
                                : node_of(graph, culprit.is_scalar, culprit.op, culprit.occurrence);
    node.notes.edit().remark = fmt::format(
        "{}{}{}derivative by {}: {}", node.notes->remark, node.notes->remark.empty() ? "" : "; ",
        is_inside ? "inside: " + culprit.op + ": " : "", culprit.operand, name_of(culprit.verdict));
  }
}

}  // namespace nabla::check
