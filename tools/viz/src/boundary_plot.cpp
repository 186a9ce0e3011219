// SPDX-License-Identifier: MIT
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/plot.hpp>

#include "contour_lines.hpp"
#include "plot_frame.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

constexpr double kLegendLine = 18.0;
constexpr double kMark = 4.0;  // half the width of the mark of a point, in pixels

double x_at(const Grid& grid, int column) {
  return grid.x.lower + (grid.x.upper - grid.x.lower) * column / grid.cells;
}
double y_at(const Grid& grid, int row) {
  return grid.y.lower + (grid.y.upper - grid.y.lower) * row / grid.cells;
}

// The cells of a side as runs of each row; NaN is on no side.
std::string side(const Grid& grid, double threshold, bool is_above, const Axis& x, const Axis& y) {
  const auto is_in = [&](int column, int row) {
    if (column == grid.cells) return false;
    const double middle = (grid.at(column, row) + grid.at(column + 1, row) +
                           grid.at(column, row + 1) + grid.at(column + 1, row + 1)) /
                          4;
    return is_above ? middle > threshold : middle <= threshold;
  };
  std::string path;
  for (int row = 0; row < grid.cells; ++row) {
    for (int column = 0, first = 0; column <= grid.cells; ++column) {
      if (is_in(column, row)) continue;
      if (column > first)
        path += fmt::format("M{:.2f} {:.2f}H{:.2f}V{:.2f}H{:.2f}Z", x.pixel(x_at(grid, first)),
                            y.pixel(y_at(grid, row)), x.pixel(x_at(grid, column)),
                            y.pixel(y_at(grid, row + 1)), x.pixel(x_at(grid, first)));
      first = column + 1;
    }
  }
  return path;
}

// A shape for each class, so that hue is not all.
std::string mark(std::size_t of_class, double x, double y) {
  const double r = kMark;
  switch (of_class % 4) {
    case 0:
      return fmt::format("M{:.2f} {:.2f}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z", x - r, y,
                         fmt::arg("r", r), fmt::arg("d", 2 * r));
    case 1:
      return fmt::format("M{:.2f} {:.2f}h{d}v{d}h-{d}z", x - r, y - r, fmt::arg("d", 2 * r));
    case 2:
      return fmt::format("M{:.2f} {:.2f}l{r} {d}h-{d}z", x, y - r, fmt::arg("r", r),
                         fmt::arg("d", 2 * r));
    default:
      return fmt::format("M{:.2f} {:.2f}l{r} {r}l-{r} {r}l-{r} -{r}z", x, y - r, fmt::arg("r", r));
  }
}

std::string mark_style(std::size_t of_class) {
  return fmt::format(R"(class="frame" style="fill:{}")", curve_color(of_class));
}

void draw_points(Svg& svg, const std::vector<PointClass>& classes, const Axis& x, const Axis& y) {
  for (std::size_t i = 0; i < classes.size(); ++i) {
    std::string path;
    for (const Point& point : classes[i].points)
      if (std::isfinite(point.x) && std::isfinite(point.y))
        path += mark(i, x.pixel(point.x), y.pixel(point.y));
    if (!path.empty()) svg.add(fmt::format(R"(<path {} d="{}"/>)", mark_style(i), path));
  }
}

void draw_legend(Svg& svg, const std::vector<PointClass>& classes, double top) {
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const double y = top + kLegendLine * static_cast<double>(i);
    svg.add(fmt::format(R"(<path {} d="{}"/>)", mark_style(i), mark(i, 34, y)));
    svg.text(60, y + 4, classes[i].name, "");
  }
}

}  // namespace

std::string boundary_plot(const std::function<double(double, double)>& score, Range x, Range y,
                          const std::vector<PointClass>& classes, const BoundaryOptions& options) {
  if (!std::isfinite(options.threshold))
    throw DomainError(
        fmt::format("[boundary_plot] threshold: got {}, need a finite number", options.threshold));
  const Grid grid = sampled("boundary_plot", score, x, y, options.cells);
  Svg svg(options.plot);
  Axis across{x.lower, x.upper}, up{y.lower, y.upper};
  svg.draw_axes(across, up, kLegendLine * static_cast<double>(classes.size()));
  draw_legend(svg, classes, options.plot.title.empty() ? 14 : 38);
  svg.begin_clip();
  for (const bool is_above : {false, true})
    svg.add(fmt::format(R"(<path fill="{}" fill-opacity="0.22" d="{}"/>)",
                        curve_color(is_above ? 1 : 0),
                        side(grid, options.threshold, is_above, across, up)));
  std::string line;
  for (const auto& points : contour_lines(grid, options.threshold)) {
    const char* step = "M";
    for (const Point& point : points)
      line += std::exchange(step, " ") + place(across.pixel(point.x), up.pixel(point.y));
  }
  if (!line.empty()) svg.add(fmt::format(R"(<path class="frame" stroke-width="2" d="{}"/>)", line));
  draw_points(svg, classes, across, up);
  svg.end_clip();
  return svg.document();
}

}  // namespace nabla::viz
