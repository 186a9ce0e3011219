// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/plot.hpp>

#include "plot_frame.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

constexpr double kLegendLine = 18.0;

bool can_draw(double x, bool is_log) { return std::isfinite(x) && (!is_log || x > 0.0); }

struct Extent {
  double lower = std::numeric_limits<double>::infinity();
  double upper = -std::numeric_limits<double>::infinity();

  void include(double x) {
    lower = std::min(lower, x);
    upper = std::max(upper, x);
  }
};

// Runs of points that can be drawn.
std::vector<std::vector<Point>> pieces(const Series& series, const PlotOptions& options) {
  std::vector<std::vector<Point>> result(1);
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (can_draw(series.x[i], options.log_x) && can_draw(series.y[i], options.log_y)) {
      result.back().push_back({series.x[i], series.y[i]});
    } else if (!result.back().empty()) {
      result.emplace_back();
    }
  }
  return result;
}

// Many more points than pixels: of each stretch the lowest and the highest stay, in their order.
std::vector<Point> thinned(const std::vector<Point>& points, int width_pixels) {
  const std::size_t stretch = points.size() / static_cast<std::size_t>(2 * width_pixels) + 1;
  if (stretch < 3) return points;
  std::vector<Point> result;
  for (std::size_t start = 0; start < points.size(); start += stretch) {
    const auto begin = points.begin() + static_cast<std::ptrdiff_t>(start);
    const auto end =
        points.begin() + static_cast<std::ptrdiff_t>(std::min(start + stretch, points.size()));
    auto [low, high] =
        std::minmax_element(begin, end, [](const Point& a, const Point& b) { return a.y < b.y; });
    if (high < low) std::swap(low, high);
    result.push_back(*low);
    if (high != low) result.push_back(*high);
  }
  return result;
}

void draw_curve(Svg& svg, const std::vector<Point>& points, const Axis& x, const Axis& y,
                const std::string& style) {
  if (points.empty()) return;
  if (points.size() == 1) {
    svg.add(fmt::format(R"(<circle cx="{:.2f}" cy="{:.2f}" r="2.5" {}/>)", x.pixel(points[0].x),
                        y.pixel(points[0].y), style));
    return;
  }
  std::string path;
  for (const Point& point : points) {
    path += (path.empty() ? "" : " ") + place(x.pixel(point.x), y.pixel(point.y));
  }
  svg.add(fmt::format(R"(<polyline points="{}" {}/>)", path, style));
}

void draw_legend(Svg& svg, const std::vector<Series>& series, double top) {
  for (std::size_t i = 0; i < series.size(); ++i) {
    const double y = top + kLegendLine * static_cast<double>(i);
    svg.add(fmt::format(R"(<path d="M16 {0:.2f}H52" fill="none" {1}/>)", y, curve_style(i)));
    svg.text(60, y + 4, series[i].name, "");
  }
}

void check(const std::vector<Series>& series) {
  for (const Series& curve : series) {
    if (curve.x.size() == curve.y.size()) continue;
    throw ShapeError(fmt::format("[line_plot] series \"{}\": got {} x and {} y, need as many",
                                 clean_line(curve.name), curve.x.size(), curve.y.size()));
  }
}

}  // namespace

std::string line_plot(const std::vector<Series>& series, const PlotOptions& options) {
  check(series);
  Extent x_extent, y_extent;
  std::vector<std::vector<std::vector<Point>>> curves;
  bool named = false;
  for (const Series& curve : series) {
    curves.push_back(pieces(curve, options));
    named = named || !curve.name.empty();
    for (const auto& piece : curves.back()) {
      for (const Point& point : piece) x_extent.include(point.x), y_extent.include(point.y);
    }
  }
  if (x_extent.lower > x_extent.upper) {
    throw DomainError(
        "[line_plot] no point can be drawn: need finite numbers, positive ones on a "
        "logarithmic axis");
  }
  Svg svg(options);
  Axis x = roomy_axis(x_extent.lower, x_extent.upper, options.log_x);
  x.is_whole = options.whole_x;
  Axis y = roomy_axis(y_extent.lower, y_extent.upper, options.log_y);
  svg.draw_axes(x, y, named ? kLegendLine * static_cast<double>(series.size()) : 0.0);
  if (named) draw_legend(svg, series, options.title.empty() ? 14 : 38);
  svg.begin_clip();
  for (std::size_t i = 0; i < curves.size(); ++i) {
    for (const auto& piece : curves[i]) {
      draw_curve(svg, thinned(piece, options.width_pixels), x, y, curve_style(i));
    }
  }
  svg.end_clip();
  return svg.document();
}

}  // namespace nabla::viz
