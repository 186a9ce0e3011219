// SPDX-License-Identifier: MIT
#include "recorded_layers.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include "names.hpp"

namespace nabla::viz::detail {
namespace {

std::vector<std::uint32_t> parameters_of(const Graph& graph) {
  for (const Role role : {Role::parameter, Role::input}) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
      if (graph.nodes[i].role == role && graph.nodes[i].has_gradient) found.push_back(i);
    }
    if (!found.empty()) return found;
  }
  return {};
}

std::vector<std::uint32_t> depths_of(const Graph& graph) {
  std::vector<std::uint32_t> depths(graph.scopes.size(), 0);
  for (std::size_t i = 1; i < depths.size(); ++i) depths[i] = depths[graph.scopes[i].parent] + 1;
  return depths;
}

}  // namespace

void require_sound(const Recording& recording, std::string_view who) {
  require_sound(recording.graph, who);
  const std::size_t nodes = recording.graph.nodes.size(), weights = recording.weights.size();
  for (const RecordedFrame& frame : recording.frames) {
    if (frame.values.size() == nodes && frame.gradients.size() == nodes &&
        frame.weights.size() == weights)
      continue;
    throw ShapeError(fmt::format(
        "[{}] frame of step {}: got {} values, {} gradients and {} histograms, need {}, {} and {}",
        who, frame.step, frame.values.size(), frame.gradients.size(), frame.weights.size(), nodes,
        nodes, weights));
  }
}

std::vector<RecordedLayer> recorded_layers(const Graph& graph) {
  const std::vector<std::uint32_t> parameters = parameters_of(graph);
  const std::vector<std::uint32_t> depths = depths_of(graph);
  // The scope around each parameter at the depth that is looked at.
  std::vector<std::uint32_t> around(parameters.size());
  const std::uint32_t deepest = depths.empty() ? 0 : *std::ranges::max_element(depths);
  for (std::uint32_t depth = 1; depth <= deepest; ++depth) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      around[i] = graph.nodes[parameters[i]].scope;
      while (depths[around[i]] > depth) around[i] = graph.scopes[around[i]].parent;
    }
    if (std::ranges::adjacent_find(around, std::ranges::not_equal_to()) != around.end()) break;
  }
  const bool has_scopes =
      std::ranges::adjacent_find(around, std::ranges::not_equal_to()) != around.end();
  const std::vector<std::string> names = display_names(graph);
  std::vector<RecordedLayer> layers;
  std::map<std::uint32_t, std::size_t> layer_of;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!has_scopes || around[i] == 0) {
      layers.push_back({names[parameters[i]], {parameters[i]}});
      continue;
    }
    const auto [found, is_new] = layer_of.insert({around[i], layers.size()});
    if (is_new) layers.push_back({graph.scopes[around[i]].name, {}});
    layers[found->second].parameters.push_back(parameters[i]);
  }
  return layers;
}

}  // namespace nabla::viz::detail
