// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/plot.hpp>

#include "contour_lines.hpp"
#include "plot_frame.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

constexpr double kLogDecades = 4.0;  // lowest line stands at 1e-4 of the height of the highest

void check_levels(int levels) {
  if (levels >= 1 && levels <= 200) return;
  throw DomainError(fmt::format("[contour_plot] got {} levels, need 1 to 200", levels));
}

std::vector<double> levels_of(const Grid& grid, const ContourOptions& options) {
  double lower = std::numeric_limits<double>::infinity(), upper = -lower;
  for (const double value : grid.values) {
    if (!std::isfinite(value)) continue;
    lower = std::min(lower, value);
    upper = std::max(upper, value);
  }
  if (lower > upper) throw DomainError("[contour_plot] f is finite nowhere in the ranges");
  std::vector<double> levels;
  for (int i = 0; i < options.levels; ++i) {
    double share = (i + 0.5) / options.levels;
    if (options.log_levels) share = std::pow(10.0, kLogDecades * (share - 1.0));
    levels.push_back(lower + share * (upper - lower));
  }
  return levels;
}

std::string svg_path(const std::vector<Point>& line, const Axis& x, const Axis& y) {
  std::string path;
  for (const Point& point : line) {
    path += (path.empty() ? "M" : " ") + place(x.pixel(point.x), y.pixel(point.y));
  }
  return path;
}

void draw_levels(Svg& svg, const Grid& grid, const std::vector<double>& levels, const Axis& x,
                 const Axis& y) {
  for (std::size_t i = 0; i < levels.size(); ++i) {
    std::string path;
    for (const auto& line : contour_lines(grid, levels[i])) path += svg_path(line, x, y);
    if (path.empty()) continue;
    const double height = static_cast<double>(i + 1) / static_cast<double>(levels.size());
    svg.add(fmt::format(
        R"(<path stroke="#3b82b5" stroke-opacity="{:.2f}" d="{}"><title>f = {}</title></path>)",
        0.3 + 0.7 * height, path, number(levels[i])));
  }
}

void draw_descent(Svg& svg, const std::vector<Point>& path, const Axis& x, const Axis& y) {
  std::vector<Point> points = path;
  std::erase_if(points, [](const Point& p) { return !std::isfinite(p.x) || !std::isfinite(p.y); });
  if (points.empty()) return;
  svg.add(
      fmt::format(R"(<path stroke="#D55E00" stroke-width="2" d="{}"/>)", svg_path(points, x, y)));
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool is_end = i == 0 || i + 1 == points.size();
    svg.add(fmt::format(R"(<circle cx="{:.2f}" cy="{:.2f}" r="{}" fill="{}" stroke="#D55E00" )"
                        R"(stroke-width="{}"/>)",
                        x.pixel(points[i].x), y.pixel(points[i].y), is_end ? 6 : 3,
                        i == 0 ? "none" : "#D55E00", i == 0 ? 2 : 1));
  }
}

}  // namespace

std::string contour_plot(const std::function<double(double, double)>& f, Range x, Range y,
                         const std::vector<Point>& path, const ContourOptions& options) {
  check_levels(options.levels);
  const Grid grid = sampled("contour_plot", f, x, y, options.cells);
  const std::vector<double> levels = levels_of(grid, options);
  Svg svg(options.plot);
  Axis across{x.lower, x.upper}, up{y.lower, y.upper};
  svg.draw_axes(across, up, 0.0);
  svg.begin_clip();
  draw_levels(svg, grid, levels, across, up);
  draw_descent(svg, path, across, up);
  svg.end_clip();
  return svg.document();
}

}  // namespace nabla::viz
