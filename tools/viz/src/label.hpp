// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nabla/viz/picture.hpp>

#include "color.hpp"

// What a box says and how it is filled.

namespace nabla::viz::detail {

/// What all labels of one picture need.
struct LabelContext {
  const Graph& graph;
  const View& view;
  const PictureOptions& options;
  std::vector<std::string> names;
  std::vector<std::size_t> offsets;
  bool show_temporaries = false;  ///< t1, t2, ... in front of unnamed operations
  std::vector<std::string> troubles =
      {};  ///< of nodes: what diagnose() found, with a sign in front
  std::vector<std::string> colored_ops = {};  ///< with ColorBy::op: those that have a fill
  struct Range {
    double least, greatest;
  };
  std::map<std::uint32_t, Range> gradients = {};  ///< |grad| of what stands in a frame, by scope
};

/// Errors    DomainError if an option is out of range
[[nodiscard]] LabelContext label_context(const Graph& graph, const View& view,
                                         const PictureOptions& options);

/// Lines of a box, cleaned, not yet escaped.
[[nodiscard]] std::vector<std::string> box_lines(const LabelContext& context, const Box& box);

/// What a pointer over the box shows: the op with its operands, formula and derivative.
[[nodiscard]] std::string box_tooltip(const LabelContext& context, const Box& box);

/// What a pointer over the arrow shows: the product of the chain rule that it stands for.
[[nodiscard]] std::string arrow_tooltip(const LabelContext& context, const Arrow& arrow);

/// What ColorBy says of a box, in the colours of the picture; neutral if nothing.
[[nodiscard]] Rgb box_fill(const LabelContext& context, const Box& box);

/// Errors    ShapeError if there are marks, and not one for each node
void require_marks(const Graph& graph, const PictureOptions& options);
/// True where nothing else is wrong than that a comparison has taken away what used the node.
[[nodiscard]] bool is_of_removed(const Finding& finding, const PictureOptions& options);
/// Which step of the heat map a node has that changed: what changed little is still no white.
[[nodiscard]] int mark_step(const Mark& mark);
/// True if the arrow leads from or to a node that was removed.
[[nodiscard]] bool is_removed(const LabelContext& context, const Arrow& arrow);
/// The fill of a node that was compared.
[[nodiscard]] Rgb mark_fill(const Palette& colors, const Mark& mark);

/// How a box is drawn.
struct BoxStyle {
  bool is_square;  ///< else its corners are round
  bool is_dashed;
  bool is_dotted;    ///< something is wrong with its gradient
  bool is_double;    ///< a second line around it
  bool is_alarming;  ///< in the colour of what is not finite; doubled and bold where that begins
  bool is_hatched;  ///< not finite: with stripes of that colour's fill; where it begins, with lines
  bool is_aside;    ///< of what is not finite nothing touches it: text and lines are faint
  double border;    ///< points
};
[[nodiscard]] BoxStyle box_style(const LabelContext& context, const Box& box);
/// True if either end of the arrow is aside.
[[nodiscard]] bool is_aside(const LabelContext& context, const Arrow& arrow);

/// The number beside an arrow, empty if it has none.
[[nodiscard]] std::string arrow_text(const LabelContext& context, const Arrow& arrow);

/// What stands in the band of a level.
[[nodiscard]] std::string lane_title(std::uint32_t level);

/// What stands in a frame of small pictures: its name, and the range of |grad| in it if there is room.
[[nodiscard]] std::string frame_title(const LabelContext& context, std::uint32_t scope,
                                      std::size_t room);

/// What a pointer over a frame shows: the whole name, and where it was opened; empty if nobody knows.
[[nodiscard]] std::string frame_tooltip(const GraphScope& scope);

/// What stands above a picture: its title, how much of the graph it shows, what the bars in it are, and
/// where the first number that is not finite came from.
[[nodiscard]] std::string heading(const LabelContext& context);

/// The letters of pictures: monospaced, so that sizes can be told without a font.
inline constexpr double kFontPoints = 10.0;
inline constexpr double kNumberPoints = 9.0;  ///< of numbers on arrows
inline constexpr double kCellEm = 0.6;        ///< advance of a letter; DejaVu has 0.602
inline constexpr double kLineEm = 1.25;       ///< Graphviz sets lines 1.2 em apart
inline constexpr double kMarginEm = 0.8;      ///< inside a box

/// In ems.
struct Extent {
  double width = 0, height = 0;
};
[[nodiscard]] Extent extent_of(const std::vector<std::string>& lines);
/// Of the number beside an arrow.
[[nodiscard]] Extent extent_of_number(const std::string& text);

}  // namespace nabla::viz::detail
