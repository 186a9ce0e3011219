// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nabla/engine/graph.hpp>

// What charts call a layer: the parameters in one of the outermost scopes of which there are several;
// without such scopes each parameter is one. Of a graph without parameters its inputs count as such.

namespace nabla::viz::detail {

struct RecordedLayer {
  std::string name;
  std::vector<std::uint32_t> parameters;  ///< nodes
};

/// In the order of their first use.
[[nodiscard]] std::vector<RecordedLayer> recorded_layers(const Graph& graph);

}  // namespace nabla::viz::detail
