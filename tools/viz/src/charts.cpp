// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/charts.hpp>

#include "color.hpp"
#include "histogram.hpp"
#include "plot_frame.hpp"
#include "recorded_layers.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

constexpr std::size_t kMostColumns = 160;
constexpr std::size_t kMostNameCells = 24;
constexpr double kLetterPixels = 7.0;
constexpr double kMargin = 16.0;
constexpr double kLinePixels = 18.0;
constexpr std::size_t kMostPanels = 48;

// Equal stretches of the frames, each a column of the chart, and the first frame of each.
struct Columns {
  Columns(const Recording& recording, double from, double to) : left(from), right(to) {
    const std::size_t count = std::min(recording.frames.size(), kMostColumns);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t first = i * recording.frames.size() / count;
      const std::size_t end = (i + 1) * recording.frames.size() / count;
      frames.push_back(&recording.frames[first]);
      stretches.push_back(std::span(recording.frames).subspan(first, end - first));
    }
    width = (right - left) / static_cast<double>(count);
  }
  [[nodiscard]] double at(std::size_t column) const {
    return left + width * static_cast<double>(column);
  }

  double left, right, width = 0.0;
  std::vector<const RecordedFrame*> frames;
  std::vector<std::span<const RecordedFrame>> stretches;
};

// Steps below the chart, about six.
void draw_steps(Svg& svg, const Columns& columns, double top) {
  const std::size_t stride = (columns.frames.size() + 5) / 6;
  for (std::size_t i = 0; i < columns.frames.size(); i += stride) {
    svg.text(columns.at(i) + columns.width / 2, top, fmt::format("{}", columns.frames[i]->step),
             R"(text-anchor="middle")");
  }
  svg.text((columns.left + columns.right) / 2, top + kLinePixels, "step",
           R"(text-anchor="middle")");
}

void draw_title(Svg& svg, const PlotOptions& options) {
  svg.text(options.width_pixels / 2.0, 22, options.title, R"(class="title" text-anchor="middle")");
}

std::string rectangle(double x, double y, double width, double height) {
  return fmt::format("M{:.2f} {:.2f}h{:.2f}v{:.2f}h{:.2f}z", x, y, width, height, -width);
}

void draw_frame(Svg& svg, double left, double top, double right, double bottom) {
  svg.add(fmt::format(R"(<path class="frame" d="{}"/>)",
                      rectangle(left, top, right - left, bottom - top)));
}

double norm_of(const RecordedFrame& frame, const RecordedLayer& layer) {
  double norm = 0.0;
  for (const std::uint32_t node : layer.parameters) {
    norm = std::hypot(norm, static_cast<double>(frame.gradients[node]));
    // hypot(inf, nan) is inf; what is not a number is worth knowing, too.
    if (std::isnan(frame.gradients[node])) return std::numeric_limits<double>::quiet_NaN();
  }
  return norm;
}

// The largest, and what is not finite before all: a short accident must not fall between columns.
double norm_of(std::span<const RecordedFrame> stretch, const RecordedLayer& layer) {
  double largest = 0.0;
  for (const RecordedFrame& frame : stretch) {
    const double norm = norm_of(frame, layer);
    if (!std::isfinite(norm)) return norm;
    largest = std::max(largest, norm);
  }
  return largest;
}

std::string decade_text(int step) {
  return step == 0 ? fmt::format("<1e{}", kFirstDecade)
                   : fmt::format("1e{}", kFirstDecade + step - 1);
}

// The colours of norms. No text stands on them, so in the dark they may become as light as decades need to
// be told apart.
std::string flow_style(Theme theme) {
  Palette colors = palette(theme);
  if (theme == Theme::dark) colors.unsigned_norm = {0x4D, 0xE6, 0xB8};
  std::string text = fmt::format(".line{{stroke:{}}}.bad{{fill:{}}}.cross{{fill:none;stroke:#000}}",
                                 hex(colors.line), hex(colors.alarm));
  for (int step = 0; step <= kShades; ++step)
    text += fmt::format(".h{}{{fill:{}}}", step, hex(heat(colors, Sign::none, step)));
  return text;
}

void draw_flow_legend(Svg& svg, double left, double right, double top) {
  const double width = (right - left) / (kShades + 1);
  for (int step = 0; step <= kShades; ++step) {
    const double x = left + width * step;
    svg.add(fmt::format(R"(<path class="h{} line" d="{}"/>)", step, rectangle(x, top, width, 10)));
    svg.text(x + width / 2, top + 24, decade_text(step), R"(text-anchor="middle")");
  }
}

// The cells of one layer: a path for each shade, so that long runs stay small.
void draw_flow(Svg& svg, const Columns& columns, const RecordedLayer& layer, double top,
               double height) {
  std::array<std::string, kShades + 1> cells;
  std::string alarms, crosses;
  for (std::size_t i = 0; i < columns.frames.size(); ++i) {
    const double norm = norm_of(columns.stretches[i], layer), x = columns.at(i);
    const std::string cell = rectangle(x, top, columns.width, height);
    if (std::isfinite(norm)) {
      cells[static_cast<std::size_t>(shade(norm))] += cell;
      continue;
    }
    alarms += cell;
    crosses += fmt::format("M{0:.2f} {1:.2f}L{2:.2f} {3:.2f}M{0:.2f} {3:.2f}L{2:.2f} {1:.2f}", x,
                           top, x + columns.width, top + height);
  }
  for (std::size_t step = 0; step < cells.size(); ++step) {
    if (cells[step].empty()) continue;
    svg.add(fmt::format(R"(<path class="h{}" d="{}"/>)", step, cells[step]));
  }
  if (alarms.empty()) return;
  svg.add(
      fmt::format(R"(<path class="bad" d="{}"/><path class="cross" d="{}"/>)", alarms, crosses));
}

struct Panel {
  std::string name;
  std::vector<Histogram> histograms;  ///< of each column
};

std::vector<Panel> panels_of(const Recording& recording, const Columns& columns) {
  std::vector<Panel> panels;
  for (std::size_t i = 0; i < recording.weights.size(); ++i) {
    panels.push_back({recording.weights[i], {}});
    for (const RecordedFrame* frame : columns.frames) {
      panels.back().histograms.push_back(frame->weights[i]);
    }
  }
  if (!panels.empty()) return panels;
  for (const RecordedLayer& layer : recorded_layers(recording.graph)) {
    std::vector<std::uint32_t> scalars = layer.parameters;
    std::erase_if(scalars, [&](std::uint32_t i) { return !recording.graph.nodes[i].is_scalar; });
    if (scalars.empty()) continue;
    panels.push_back({layer.name, {}});
    for (const RecordedFrame* frame : columns.frames) {
      std::vector<double> numbers;
      for (const std::uint32_t i : scalars) {
        numbers.push_back(static_cast<double>(frame->values[i]));
      }
      panels.back().histograms.push_back(histogram_of(std::move(numbers)));
    }
  }
  return panels;
}

// The range of all columns; upside down if no weight was finite.
Range range_of(const Panel& panel) {
  Range range{std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()};
  for (const Histogram& histogram : panel.histograms) {
    if (histogram.counts.empty()) continue;
    range.lower = std::min(range.lower, histogram.lower);
    range.upper = std::max(range.upper, histogram.upper);
  }
  return range;
}

void draw_panel(Svg& svg, const Columns& columns, const Panel& panel, double top, double bottom) {
  constexpr std::size_t kLevels = 8;
  const Range range = range_of(panel);
  Axis y = roomy_axis(range.lower, range.upper, false);
  y.from_pixel = bottom, y.to_pixel = top;
  std::array<std::string, kLevels> cells;
  for (std::size_t i = 0; i < panel.histograms.size(); ++i) {
    const Histogram& histogram = panel.histograms[i];
    if (histogram.counts.empty()) continue;
    const auto most = static_cast<double>(*std::ranges::max_element(histogram.counts));
    const auto bins = static_cast<double>(histogram.counts.size());
    for (std::size_t k = 0; k < histogram.counts.size() && most > 0.0; ++k) {
      if (histogram.counts[k] == 0) continue;
      const double density = static_cast<double>(histogram.counts[k]) / most;
      const auto level = static_cast<std::size_t>(std::ceil(density * kLevels)) - 1;
      const auto edge = [&](double bin) {
        const double share = bin / bins;
        return y.pixel((1 - share) * histogram.lower + share * histogram.upper);
      };
      const double low = edge(static_cast<double>(k)), high = edge(static_cast<double>(k) + 1);
      // Weights that are all equal still show.
      cells[std::min(level, kLevels - 1)] +=
          rectangle(columns.at(i), high, columns.width, std::max(low - high, 1.0));
    }
  }
  draw_frame(svg, columns.left, top, columns.right, bottom);
  for (const double tick : y.ticks()) {
    svg.text(columns.left - 6, y.pixel(tick) + 4, number(tick), R"(text-anchor="end")");
  }
  for (std::size_t level = 0; level < kLevels; ++level) {
    if (cells[level].empty()) continue;
    svg.add(fmt::format(R"(<path d="{}" fill="#3b82b5" fill-opacity="{:.3f}"/>)", cells[level],
                        static_cast<double>(level + 1) / kLevels));
  }
  svg.text(columns.left, top - 5, clean_line(panel.name, 60), "");
}

}  // namespace

std::string loss_chart(const Recording& recording, PlotOptions options) {
  require_sound(recording, "loss_chart");
  Series curve;
  double least = std::numeric_limits<double>::infinity(), greatest = 0.0;
  for (const RecordedFrame& frame : recording.frames) {
    curve.x.push_back(static_cast<double>(frame.step));
    curve.y.push_back(frame.loss);
    if (!std::isfinite(frame.loss)) continue;
    least = std::min(least, frame.loss);
    greatest = std::max(greatest, frame.loss);
  }
  if (options.title.empty()) options.title = "Loss";
  if (options.x_label.empty()) options.x_label = "step";
  options.whole_x = true;
  options.log_y = options.log_y || (least > 0.0 && greatest / 10.0 >= least);
  return line_plot({curve}, options);
}

std::string gradient_flow_chart(const Recording& recording, PlotOptions options) {
  require_sound(recording, "gradient_flow_chart");
  std::vector<RecordedLayer> layers = recorded_layers(recording.graph);
  if (layers.empty() || recording.frames.empty()) {
    throw DomainError("[gradient_flow_chart] nothing to draw: need variables and frames");
  }
  std::ranges::reverse(layers);
  if (options.title.empty()) options.title = "Norm of the gradient by layer";
  std::size_t longest = 0;
  for (RecordedLayer& layer : layers) {
    layer.name = clean_line(layer.name, kMostNameCells);
    longest = std::max(longest, cells(layer.name));
  }
  Svg svg(options);
  svg.style(flow_style(Theme::light), flow_style(Theme::dark));
  const double left = kMargin + kLetterPixels * static_cast<double>(longest);
  const double top = 34, bottom = options.height_pixels - 92;
  const Columns columns(recording, left, options.width_pixels - kMargin);
  const double height = (bottom - top) / static_cast<double>(layers.size());
  // Where rows are thinner than letters, some names stay away.
  const auto stride = static_cast<std::size_t>(std::ceil(12.0 / height));
  draw_title(svg, options);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const double row = top + height * static_cast<double>(i);
    draw_flow(svg, columns, layers[i], row, height);
    if (i % stride == 0) {
      svg.text(left - 6, row + height / 2 + 4, layers[i].name, R"(text-anchor="end")");
    }
  }
  draw_frame(svg, left, top, columns.right, bottom);
  draw_steps(svg, columns, bottom + kLinePixels);
  draw_flow_legend(svg, left, columns.right, bottom + 2 * kLinePixels + 14);
  return svg.document();
}

std::string weights_chart(const Recording& recording, PlotOptions options) {
  require_sound(recording, "weights_chart");
  const double left = kMargin + 9 * kLetterPixels;
  const Columns columns(recording, left, options.width_pixels - kMargin);
  std::vector<Panel> panels = panels_of(recording, columns);
  std::erase_if(panels, [](const Panel& panel) {
    const Range range = range_of(panel);
    return range.lower > range.upper;
  });
  if (panels.empty()) {
    throw DomainError(
        "[weights_chart] nothing to draw: need watched tensors, or parameters that are Values, and "
        "finite numbers in them");
  }
  const std::size_t all = panels.size();
  if (all > kMostPanels) panels.resize(kMostPanels);
  constexpr double kTop = 34, kBelow = 44, kPanel = 130, kGap = 26;
  const auto count = static_cast<double>(panels.size());
  const double wanted = kTop + kBelow + count * (kPanel + kGap);
  options.height_pixels = std::max(options.height_pixels, static_cast<int>(wanted));
  if (options.title.empty()) options.title = "How the weights lie";
  if (all > kMostPanels) options.title += fmt::format(", {} of {}", kMostPanels, all);
  Svg svg(options);
  draw_title(svg, options);
  const double height = (options.height_pixels - kTop - kBelow) / count;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const double top = kTop + height * static_cast<double>(i) + kGap - 6;
    draw_panel(svg, columns, panels[i], top, top + height - kGap);
  }
  draw_steps(svg, columns, options.height_pixels - kBelow + kLinePixels);
  return svg.document();
}

}  // namespace nabla::viz
