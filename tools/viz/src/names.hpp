// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nabla/engine/graph.hpp>

// How pictures and explanations call the nodes of a graph, the same in both.

namespace nabla::viz::detail {

/// Empty if every index of `graph` is in range and edges lead forward, else what is wrong.
[[nodiscard]] std::string defect(const Graph& graph);

/// Errors    GraphError if `graph` has a defect
void require_sound(const Graph& graph, std::string_view who);

/// One line for each node: its name, with scopes where several share it, the number of a constant,
/// or t1, t2, ... in order.
[[nodiscard]] std::vector<std::string> display_names(const Graph& graph);

/// Where the edges into each node start: those into node i are edges[offset[i] .. offset[i + 1]).
[[nodiscard]] std::vector<std::size_t> operand_offsets(const Graph& graph);

/// An unnamed constant of one element: shown as its number.
[[nodiscard]] bool is_plain_number(const GraphNode& node);

/// "dL/dw": of `of` by `by`.
[[nodiscard]] std::string derivative(std::string_view of, std::string_view by);

/// "gradient of x, t1": what recorded sweeps brought it to, of many the first; empty if none did.
[[nodiscard]] std::string gradient_of(const Graph& graph, std::uint32_t node,
                                      std::span<const std::string> names);

/// The label of an op has room for this many operands, so numbers among them stand in it.
inline constexpr std::size_t kLabelOperands = 3;

/// True of an element of a tensor, whose symbol is its place: "[1, 0]".
[[nodiscard]] bool is_element(const GraphNode& node);

/// The op applied to operands in words: "a * b", "tanh(x)", "-x", "w[1, 0]".
[[nodiscard]] std::string applied(const GraphNode& node, std::span<const std::string> operands);

}  // namespace nabla::viz::detail
