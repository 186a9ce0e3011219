// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include <nabla/engine/graph.hpp>

// Which node of one graph is which of another.

namespace nabla::viz::detail {

struct Partners {
  std::vector<std::uint32_t> after_of, before_of;  ///< kNoPartner where there is none
};

/// Requires  both graphs are sound
[[nodiscard]] Partners find_partners(const Graph& before, const Graph& after);

/// A number for each scope, equal where the names from the outermost scope on are.
[[nodiscard]] std::vector<std::uint64_t> scope_hashes(const Graph& graph);

}  // namespace nabla::viz::detail
