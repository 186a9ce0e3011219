// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nabla/engine/graph.hpp>
#include <nabla/viz/recording.hpp>

// What charts call a layer: the parameters in one of the outermost scopes of which there are several;
// without such scopes each parameter is one. Of a graph without parameters its inputs count as such.

namespace nabla::viz::detail {

struct RecordedLayer {
  std::string name;
  std::vector<std::uint32_t> parameters;  ///< nodes
};

/// Errors    GraphError if the graph has a defect; ShapeError if a frame has not a number for each node
///           and a histogram for each watched tensor
void require_sound(const Recording& recording, std::string_view who);

/// In the order of their first use.
[[nodiscard]] std::vector<RecordedLayer> recorded_layers(const Graph& graph);

}  // namespace nabla::viz::detail
