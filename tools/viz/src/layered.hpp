// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

// Our own layout, for graphs that Graphviz takes too long over: boxes in layers along the computation,
// frames around those that belong together. Time grows little more than linearly, nothing recurses,
// and the same plan gives the same places always.
//
// Source    Sugiyama, Tagawa & Toda 1981, "Methods for visual understanding of hierarchical system
//           structures": layers, order by barycentres, coordinates. Frames are kept together by one
//           order of everything, which each layer follows.

namespace nabla::viz::detail {

/// What is to be placed: sizes along the computation ("width") and across it ("height").
struct Plan {
  struct Box {
    double width, height;
    std::uint32_t frame;  ///< the innermost it stands in; 0 is none
  };
  /// Boxes are numbered in the order of computation; links against it are drawn backwards.
  struct Link {
    std::uint32_t from, to;
    double label_width = 0, label_height = 0;  ///< of a number in the line; 0 is none
    bool is_faint = false;                     ///< drawn otherwise than the others
  };
  struct Frame {
    std::uint32_t parent;  ///< a smaller number; entry 0, which there must be, is the whole picture
    /// A band across the whole picture, below the lanes before it, which keeps its boxes from no
    /// layer. Its parent is 0. If there are lanes, all boxes and other frames stand in them.
    bool is_lane = false;
  };
  std::vector<Box> boxes;
  std::vector<Link> links;
  std::vector<Frame> frames;
  double em = 10;                ///< the size of letters, which distances follow
  bool titles_in_front = false;  ///< frames have room for a title before their boxes, else above

  [[nodiscard]] double title() const { return 2.2 * em; }    ///< room for that
  [[nodiscard]] double padding() const { return 0.8 * em; }  ///< inside frames
};

struct Place {
  double x = 0, y = 0;
};
struct Area {
  double left, top, right, bottom;
};

/// A line to a box, from another one or from where it parts from a line that was drawn before. It
/// leaves each point and arrives at the next one horizontally.
struct Line {
  std::vector<Place> points;
  std::size_t second = 0;  ///< where the part behind the number begins; 0 if there is no number
  Place label = {};        ///< the centre of that
};

/// Where everything is; the picture begins at (0, 0).
struct Placed {
  std::vector<Place> boxes;  ///< their centres
  std::vector<Line> lines;   ///< of links
  /// One of each frame, several if rows were wrapped; none of frame 0 and of those without boxes.
  std::vector<std::vector<Area>> frames;
  double width = 0, height = 0;
  std::size_t crossings = 0;  ///< of lines between neighbouring layers
};

/// Places the boxes of `plan` in layers from left to right. A row that is much longer than high is
/// wrapped.
[[nodiscard]] Placed place_in_layers(const Plan& plan);

}  // namespace nabla::viz::detail
