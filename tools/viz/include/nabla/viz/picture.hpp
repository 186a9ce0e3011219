// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nabla/viz/view.hpp>

// How pictures of graphs look, whoever lays them out.

namespace nabla::viz {

enum class Theme {
  light,  ///< white background
  dark,   ///< nearly black background
  print,  ///< transparent background, greys only
  automatic,  ///< light or dark, as the one who looks at it prefers; an .svg of our own layout, or a page
};

/// What the fill of a box says. The legend has the scale; sign, op or size stand in the box as text, too.
/// Where the first NaN or infinity is has a fill of its own.
enum class ColorBy {
  none,
  gradient,  ///< sign and decade; of a tensor the decade of the 2-norm, of a group of the greatest in it
  value,  ///< the same of the value, of groups nothing
  op,     ///< a colour for each of the ops that most boxes have, groups have none
  bytes,  ///< what its elements take, in steps of 8
  time,   ///< what computing it again takes, in steps of 8, where add_times measured that
};

/// What a box says.
enum class Labels {
  minimal,  ///< name and op, the sign of what the fill shows, and what is wrong
  normal,   ///< value and gradient, too; of a tensor shape, mean, deviation and norm
  full,     ///< formula, derivative, type, range and memory, too
};

/// The number beside an arrow.
enum class EdgeNumbers {
  none,
  local,    ///< between Values: the derivative of the result by the operand
  product,  ///< what comes along the arrow to the gradient of the operand; of a tensor the 2-norm
};

/// What became of a node from one computation to another.
enum class Change { same, added, removed, changed };

struct Mark {
  Change change = Change::same;
  double relative = 0.0;  ///< of what changed: how far values or gradients are apart, the larger
  std::string text = {};  ///< of what changed: numbers before and after, in words
};

struct PictureOptions {
  ViewOptions view = {};
  std::optional<Theme> theme = {};  ///< none: a page as automatic, all else light
  bool values = true;               ///< numbers in boxes and on edges, and fills by them
  ColorBy color = ColorBy::gradient;
  Labels labels = Labels::normal;
  EdgeNumbers edges = EdgeNumbers::local;
  int precision = 6;  ///< digits of values and gradients, 1 to 17; beside arrows two fewer
  bool legend = true;
  bool left_to_right = true;                   ///< else top to bottom
  std::size_t max_edge_labels = kMostNumbers;  ///< above so many arrows none has its number
  // Of DOT, for Graphviz:
  double max_width_inches = 0.0;  ///< pictures above this size are scaled down; 0 = no limit
  double max_height_inches = 0.0;
  double dots_per_inch = 0.0;  ///< of bitmaps; 0 leaves it to Graphviz, which takes 96
  std::string title = {};
  /// One for each node, or none. Then fills tell what changed and not `color`: added is green with a
  /// "+" before the name, removed magenta with a minus, changed has "~" and the decade of its relative
  /// change, at least the first.
  std::vector<Mark> marks = {};
  std::string stamp = {};  ///< below the title: from what and when this was made, say
};

}  // namespace nabla::viz
