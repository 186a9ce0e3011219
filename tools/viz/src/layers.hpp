// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "layered.hpp"

// What the steps of the layered layout work on.

namespace nabla::viz::detail {

/// A box, a number in a line, or the place where a line passes a layer.
struct Vertex {
  enum class Kind : std::uint8_t { box, label, bend };
  Kind kind;
  std::uint32_t layer;
  std::uint32_t frame;
  double width, height;
};

/// The order of everything: frames open and close around what is in them.
struct Step {
  enum class Kind : std::uint8_t { open, vertex, close };
  Kind kind;
  std::uint32_t index;  ///< of a frame or a vertex
};

/// Neighbours of each vertex, one list after another.
class Neighbours {
 public:
  Neighbours() = default;
  Neighbours(std::size_t vertices,
             const std::vector<std::pair<std::uint32_t, std::uint32_t>>& pairs);
  [[nodiscard]] const std::uint32_t* begin(std::size_t vertex) const {
    return all_.data() + first_[vertex];
  }
  [[nodiscard]] const std::uint32_t* end(std::size_t vertex) const {
    return all_.data() + first_[vertex + 1];
  }
  [[nodiscard]] std::size_t count(std::size_t vertex) const {
    return first_[vertex + 1] - first_[vertex];
  }

 private:
  std::vector<std::size_t> first_;
  std::vector<std::uint32_t> all_;
};

/// What a link passes, from left to right, or from where it parts from one that came before it.
struct Path {
  std::vector<std::uint32_t> vertices;
  bool is_branch = false;  ///< the first vertex is one of another path
};

struct Layers {
  std::vector<Vertex> vertices;            ///< boxes first, with their numbers
  Neighbours before, after;                ///< in the layers to the left and to the right
  std::vector<Path> paths;                 ///< of links
  std::vector<std::uint32_t> first, last;  ///< layers of each frame; first > last without boxes
  std::vector<std::uint32_t> parent;       ///< of each frame
  std::vector<std::uint32_t> depth;        ///< of each frame; that of the whole picture is 0
  bool has_lanes = false;                  ///< then frames in no other one keep their order
  std::vector<std::vector<std::uint32_t>> order;  ///< the vertices of each layer, top to bottom
  std::vector<Step> sequence;                     ///< which all layers follow

  [[nodiscard]] bool has_frames() const { return parent.size() > 1; }
};

/// The layer of each box: behind all that it is computed from, where lines are short. No layer is empty.
[[nodiscard]] std::vector<std::uint32_t> layers_of_boxes(const Plan& plan);

/// These layers, and lines cut at those they pass.
[[nodiscard]] Layers make_layers(const Plan& plan);

/// Orders the layers so that few lines cross; gives how many do.
std::size_t order_layers(Layers& layers);

struct Heights {
  std::vector<double> centre;       ///< of vertices
  std::vector<double> top, bottom;  ///< of frames
};
/// Distances across, which keep the order: lines are short, nothing overlaps.
[[nodiscard]] Heights place_across(const Plan& plan, const Layers& layers);

}  // namespace nabla::viz::detail
