// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

// Small plots as SVG text, for curves that belong to a training run or a method: no dependency, the
// same bytes always, readable on light and dark pages. Write them with `write_file`.
//
//   write_file("loss.svg", line_plot({{"train", steps, losses}}, {.title = "loss", .log_y =
//   true}));

namespace nabla::viz {

struct Series {
  std::string name;
  std::vector<double> x, y;
};

enum class PlotTheme {
  automatic,  ///< the reader's system or page decides; programs that do not ask get the light one
  light,
  dark,
};

struct PlotOptions {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  bool whole_x = false;  ///< x counts something: ticks at whole numbers only
  bool log_x = false;
  bool log_y = false;
  int width_pixels = 640;
  int height_pixels = 400;
  PlotTheme theme = PlotTheme::automatic;
};

/// Curves in one frame with axes; points that are not finite, or not positive on a logarithmic
/// axis, interrupt the curve.
/// Errors    ShapeError if x and y of a series differ in length; DomainError if no point can be
///           drawn or the size is not between 100 and 10,000 pixels
[[nodiscard]] std::string line_plot(const std::vector<Series>& series,
                                    const PlotOptions& options = {});

struct Range {
  double lower = -1.0;
  double upper = 1.0;
};

struct Point {
  double x = 0.0;
  double y = 0.0;
};

struct ContourOptions {
  PlotOptions plot = {.height_pixels = 480};
  int levels = 14;          ///< contour lines
  int cells = 160;          ///< of the grid in each direction
  bool log_levels = false;  ///< lines crowd towards the minimum, for narrow valleys
};

/// Contour lines of f with the points of `path` joined and marked, first and last larger.
/// Errors    DomainError if a range is empty or f is finite nowhere, or options are out of range
/// Cost      (cells + 1)^2 calls of f
[[nodiscard]] std::string contour_plot(const std::function<double(double, double)>& f, Range x,
                                       Range y, const std::vector<Point>& path = {},
                                       const ContourOptions& options = {});

/// Points of one class, which have one mark.
struct PointClass {
  std::string name;
  std::vector<Point> points;
};

struct BoundaryOptions {
  PlotOptions plot = {.height_pixels = 480};
  double threshold = 0.0;  ///< where one class ends and the other begins
  int cells = 160;         ///< of the grid in each direction
};

/// What a classifier of points in the plane has learned: both sides of the line on which `score` is
/// the threshold, tinted as the first class where it is below and as the second where it is above, and the
/// points of each class with marks of their own.
/// Errors    DomainError if a range is empty or the threshold not finite, or options are out of range
/// Cost      (cells + 1)^2 calls of `score`
[[nodiscard]] std::string boundary_plot(const std::function<double(double, double)>& score, Range x,
                                        Range y, const std::vector<PointClass>& classes = {},
                                        const BoundaryOptions& options = {});

}  // namespace nabla::viz
