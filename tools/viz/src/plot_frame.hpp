// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nabla/viz/plot.hpp>

// Writes SVG for plots: a drawing with a frame, axes with ticks, and the mapping from numbers to
// pixels. Coordinates are rounded to a hundredth of a pixel.

namespace nabla::viz::detail {

/// One axis: the numbers it spans and the pixels they are drawn at.
struct Axis {
  double lower = 0.0, upper = 1.0;
  bool is_log = false;
  bool is_whole = false;  ///< ticks at whole numbers only
  double from_pixel = 0.0, to_pixel = 1.0;

  [[nodiscard]] double pixel(double x) const;
  [[nodiscard]] std::vector<double> ticks() const;  ///< about six round numbers, or decades
};

/// An axis around `lower` .. `upper` with a little room, also if both are equal.
[[nodiscard]] Axis roomy_axis(double lower, double upper, bool is_log);

class Svg {
 public:
  /// Errors    DomainError if the size is not between 100 and 10,000 pixels
  explicit Svg(const PlotOptions& options);

  void add(std::string_view element) { (body_ += element) += '\n'; }
  void text(double x, double y, std::string_view text, std::string_view attributes);
  /// Title, frame, ticks and axis labels; places the axes' pixels.
  void draw_axes(Axis& x, Axis& y, double top_pixels);
  /// Elements added until `end_clip` are cut at the frame.
  void begin_clip();
  void end_clip() { add("</g>"); }
  /// Rules of CSS for light and for dark pages.
  void style(std::string_view light, std::string_view dark);
  [[nodiscard]] std::string document() const;

 private:
  const PlotOptions& options_;
  std::string style_, body_;
  double left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
};

/// "x,y" in pixels.
[[nodiscard]] std::string place(double x, double y);

/// Colour of the i-th curve or class (Okabe and Ito's palette).
[[nodiscard]] std::string_view curve_color(std::size_t i);
/// Colour of the i-th curve and its dashes, so that hue is not all.
[[nodiscard]] std::string curve_style(std::size_t i);

}  // namespace nabla::viz::detail
