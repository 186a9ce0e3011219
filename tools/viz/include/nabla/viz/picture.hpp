// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <nabla/viz/view.hpp>

// How pictures of graphs look, whoever lays them out.

namespace nabla::viz {

enum class Theme {
  light,  ///< white background
  dark,   ///< nearly black background
  print,  ///< transparent background, greys only
};

struct PictureOptions {
  ViewOptions view = {};
  Theme theme = Theme::light;
  bool values = true;    ///< numbers in boxes and on edges
  bool heat_map = true;  ///< boxes filled by sign and decade of the gradient
  bool legend = true;
  bool left_to_right = true;          ///< else top to bottom
  std::size_t max_edge_labels = 240;  ///< above so many arrows none has its number
  // Of DOT, for Graphviz:
  double max_width_inches = 0.0;  ///< pictures above this size are scaled down; 0 = no limit
  double max_height_inches = 0.0;
  double dots_per_inch = 0.0;  ///< of bitmaps; 0 leaves it to Graphviz, which takes 96
  std::string title = {};
};

}  // namespace nabla::viz
