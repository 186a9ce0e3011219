// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <nabla/viz/view.hpp>

namespace nabla::viz::detail {

/// A line from a box along the ranks, from which its arrows branch off, each right before its end.
struct Trunk {
  std::uint32_t box = 0;                           ///< index into View::boxes
  std::vector<std::vector<std::size_t>> branches;  ///< at each point, from the box on: View::arrows
};

/// The trunks of all arrows that pass more than a few ranks. Graphviz places a point for each rank that a
/// line passes, so of a weight that every step of a loop uses those would be as many as the square of the
/// steps; of a trunk they are as many as the steps.
[[nodiscard]] std::vector<Trunk> trunks_of(const View& view);

}  // namespace nabla::viz::detail
