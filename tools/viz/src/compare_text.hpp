// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <nabla/viz/compare.hpp>

namespace nabla::viz::detail {

/// What became of a node that is in both graphs: "value 1 -> 2 (relative 0.5); gradient ...".
/// `old_name` is how the graph before calls it.
[[nodiscard]] std::string change_text(const Graph& before, const Graph& after,
                                      const NodeChange& change, const std::string& old_name);

}  // namespace nabla::viz::detail
