// SPDX-License-Identifier: MIT
#include "plot_frame.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include "text.hpp"

namespace nabla::viz::detail {
namespace {

constexpr double kLetter = 7.2;  // pixels, of the 12 pixel monospaced font
constexpr double kLine = 16.0;
constexpr int kWantedTicks = 6;
constexpr int kMostDecades = 8;

constexpr std::string_view kLight =
    ".page{fill:#ffffff}.frame{fill:none;stroke:#555555}.grid{stroke:#dddddd}"
    "text{font:12px monospace;fill:#1a1a1a}.title{font-size:14px}";
constexpr std::string_view kDark =
    ".page{fill:#16181c}.frame{stroke:#b8b8b8}.grid{stroke:#33363c}text{fill:#f2f2f2}";

// The largest of 1, 2, 5 times a power of ten that gives at least the wanted number of steps.
double round_step(double lower, double upper) {
  const double rough = upper / kWantedTicks - lower / kWantedTicks;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * 0.999) return factor * power;
  }
  return 10.0 * power;
}

std::vector<double> round_numbers(double lower, double upper, double least_step = 0.0) {
  const double step = std::max(round_step(lower, upper), least_step);
  std::vector<double> result;
  const double first = std::ceil(lower / step - 1e-9), last = std::floor(upper / step + 1e-9);
  for (double i = first; i <= last; i += 1.0) result.push_back(i * step);
  return result;
}

std::vector<double> decades(double lower, double upper) {
  const int first = static_cast<int>(std::ceil(std::log10(lower) - 1e-9));
  const int last = std::min(static_cast<int>(std::floor(std::log10(upper) + 1e-9)),
                            std::numeric_limits<double>::max_exponent10);
  const int stride = (last - first) / kMostDecades + 1;
  std::vector<double> result;
  for (int i = first; i <= last; i += stride) result.push_back(std::pow(10.0, i));
  return result;
}

std::string tick_text(double x) { return fmt::format("{:.5g}", x == 0.0 ? 0.0 : x); }

}  // namespace

double Axis::pixel(double x) const {
  // Halves, since the distance of the greatest numbers is none.
  const double share = is_log
                           ? (std::log(x) - std::log(lower)) / (std::log(upper) - std::log(lower))
                           : (x / 2 - lower / 2) / (upper / 2 - lower / 2);
  return from_pixel + share * (to_pixel - from_pixel);
}

std::vector<double> Axis::ticks() const {
  if (!is_log) return round_numbers(lower, upper, is_whole ? 1.0 : 0.0);
  std::vector<double> marks = decades(lower, upper);
  if (marks.size() >= 2) return marks;
  marks = round_numbers(lower, upper);  // less than two decades: round numbers say more
  std::erase_if(marks, [](double x) { return x <= 0.0; });
  return marks;
}

Axis roomy_axis(double lower, double upper, bool is_log) {
  constexpr double kRoom = 0.04, kMost = std::numeric_limits<double>::max();
  if (is_log) {
    const double low = std::log(lower), high = std::log(upper);
    const double room = low < high ? kRoom * (high - low) : std::log(2.0);
    return {.lower = std::max(std::exp(low - room), std::numeric_limits<double>::min()),
            .upper = std::min(std::exp(high + room), kMost),
            .is_log = true};
  }
  const double size = std::max(std::abs(lower), std::abs(upper));
  const double half = upper / 2 - lower / 2;
  const double room = 2 * kRoom * (half > 1e-12 * size ? half : std::max(size, 1.0) / 2);
  return {.lower = std::max(lower - room, -kMost), .upper = std::min(upper + room, kMost)};
}

Svg::Svg(const PlotOptions& options) : options_(options) {
  for (const int size : {options.width_pixels, options.height_pixels}) {
    if (size >= 100 && size <= 10000) continue;
    throw DomainError(fmt::format("[plot] size: got {} pixels, need 100 to 10000", size));
  }
  style(kLight, kDark);
}

void Svg::style(std::string_view light, std::string_view dark) {
  (style_ += light) += '\n';  // what the dark rules do not tell
  if (options_.theme == PlotTheme::dark) (style_ += dark) += '\n';
  if (options_.theme == PlotTheme::automatic)
    style_ += fmt::format("@media (prefers-color-scheme:dark){{{}}}\n", dark);
}

void Svg::text(double x, double y, std::string_view text, std::string_view attributes) {
  add(fmt::format(R"(<text x="{:.2f}" y="{:.2f}" {}>{}</text>)", x, y, attributes,
                  escape_xml(clean_line(text))));
}

void Svg::draw_axes(Axis& x, Axis& y, double top_pixels) {
  std::size_t widest = 0;
  for (const double tick : y.ticks()) widest = std::max(widest, tick_text(tick).size());
  left_ = 12 + static_cast<double>(widest) * kLetter + (options_.y_label.empty() ? 0 : kLine + 4);
  right_ = options_.width_pixels - 16;
  top_ = top_pixels + (options_.title.empty() ? 12 : 32);
  bottom_ = options_.height_pixels - (options_.x_label.empty() ? 28 : 28 + kLine);
  x.from_pixel = left_, x.to_pixel = right_;
  y.from_pixel = bottom_, y.to_pixel = top_;
  for (const double tick : x.ticks()) {
    const double at = x.pixel(tick);
    add(fmt::format(R"(<path class="grid" d="M{:.2f} {:.2f}V{:.2f}"/>)", at, top_, bottom_));
    text(at, bottom_ + kLine, tick_text(tick), R"(text-anchor="middle")");
  }
  for (const double tick : y.ticks()) {
    const double at = y.pixel(tick);
    add(fmt::format(R"(<path class="grid" d="M{:.2f} {:.2f}H{:.2f}"/>)", left_, at, right_));
    text(left_ - 6, at + 4, tick_text(tick), R"(text-anchor="end")");
  }
  add(fmt::format(R"(<path class="frame" d="M{:.2f} {:.2f}H{:.2f}V{:.2f}H{:.2f}Z"/>)", left_, top_,
                  right_, bottom_, left_));
  const double middle = (left_ + right_) / 2;
  if (!options_.title.empty()) {
    text(middle, 22, options_.title, R"(class="title" text-anchor="middle")");
  }
  if (!options_.x_label.empty()) {
    text(middle, options_.height_pixels - 8, options_.x_label, R"(text-anchor="middle")");
  }
  if (!options_.y_label.empty()) {
    const double half = (top_ + bottom_) / 2;
    text(15, half, options_.y_label,
         fmt::format("transform=\"rotate(-90 15 {:.2f})\" text-anchor=\"middle\"", half));
  }
}

void Svg::begin_clip() {
  add(fmt::format(R"(<clipPath id="frame"><rect x="{:.2f}" y="{:.2f}" width="{:.2f}" )"
                  R"(height="{:.2f}"/></clipPath>)",
                  left_, top_, right_ - left_, bottom_ - top_));
  add("<g fill=\"none\" stroke-linejoin=\"round\" clip-path=\"url(#frame)\">");
}

std::string Svg::document() const {
  const int width = options_.width_pixels, height = options_.height_pixels;
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}">)"
      "\n<style>\n{2}</style>\n<rect class=\"page\" width=\"{0}\" height=\"{1}\"/>\n{3}</svg>\n",
      width, height, style_, body_);
}

std::string place(double x, double y) { return fmt::format("{:.2f},{:.2f}", x, y); }

std::string_view curve_color(std::size_t i) {
  static constexpr std::array<std::string_view, 6> colors{"#0072B2", "#D55E00", "#009E73",
                                                          "#CC79A7", "#E69F00", "#56B4E9"};
  return colors[i % colors.size()];
}

std::string curve_style(std::size_t i) {
  static constexpr std::array<std::string_view, 4> dashes{"none", "8 4", "2 3", "10 3 2 3"};
  return fmt::format(R"(stroke="{}" stroke-width="2" stroke-dasharray="{}")", curve_color(i),
                     dashes[i % dashes.size()]);
}

}  // namespace nabla::viz::detail
