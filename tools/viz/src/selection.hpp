// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <nabla/viz/view.hpp>

#include "grouping.hpp"

// What the reader asks to see: which nodes, and which scopes open or closed.

namespace nabla::viz::detail {

/// Which nodes are shown.
/// Errors    FormatError if a name describes no node, or no path leads from one to the other
[[nodiscard]] std::vector<bool> selected_nodes(const Graph& graph, const ViewOptions& options);

/// The scope that stands for each scope in a box; the scope itself is kNoBox if it is open. Scopes
/// deeper than `level` are closed unless they, or scopes in them, are to be expanded or in `open`.
[[nodiscard]] std::vector<std::uint32_t> closed_scopes(const Graph& graph, const Scopes& scopes,
                                                       const ViewOptions& options,
                                                       std::size_t level,
                                                       const std::vector<std::uint32_t>& open);

/// Errors    FormatError if a glob describes no scope
void require_scopes(const Graph& graph, const ViewOptions& options);

}  // namespace nabla::viz::detail
