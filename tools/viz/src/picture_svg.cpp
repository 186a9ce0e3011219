// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include <nabla/viz/svg.hpp>

#include "color.hpp"
#include "detours.hpp"
#include "label.hpp"
#include "layered.hpp"
#include "legend.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

constexpr double kEm = kFontPoints;
constexpr double kLinePoints = kLineEm * kEm;
constexpr double kPadding = 10;        // around the picture
constexpr double kRingGap = 3;         // to the second line around a box
constexpr double kLegendPoints = 11;   // height of its cells
constexpr std::size_t kLarge = 2'000;  // boxes
constexpr std::size_t kMostArrowTips = 2'000, kMostBoxTips = 5'000;

class SvgPicture {
 public:
  SvgPicture(const LabelContext& context, const PictureOptions& options)
      : context_(context), options_(options), colors_(palette(options.theme)) {}

  std::string operator()() {
    plan();
    placed_ = place_in_layers(plan_);
    detours_ = lines_to_gradients(plan_, placed_, context_.view.adjoints);
    if (!options_.left_to_right) turn();
    begin();
    frames();
    arrows();
    adjoints();
    boxes();
    legends();
    return end();
  }

 private:
  void add(std::string_view text) { body_ += text; }
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(body_), format, std::forward<Args>(args)...);
  }
  // A tenth of a point is finer than anybody sees; in a large picture a point is.
  [[nodiscard]] std::string coordinate(double x) const {
    if (context_.view.boxes.size() > kLarge) return fmt::format_int(std::llround(x)).str();
    const long long tenths = std::llround(x * 10);
    std::string text = fmt::format_int(tenths / 10).str();
    if (tenths < 0 && tenths > -10) text.insert(0, 1, '-');
    if (tenths % 10 != 0)
      (text += '.') += static_cast<char>('0' + std::abs(static_cast<int>(tenths % 10)));
    return text;
  }
  [[nodiscard]] std::string at(const Place& place) const {
    return coordinate(place.x) + ' ' + coordinate(place.y);
  }

  void plan() {
    const View& view = context_.view;
    plan_.em = kEm;
    plan_.titles_in_front = !options_.left_to_right;
    std::map<std::uint32_t, std::uint32_t> frame_of, lane_of;
    const auto add_frame = [this](std::uint32_t parent, bool is_lane, std::string title,
                                  std::string tip = {}) {
      plan_.frames.push_back({parent, is_lane});
      frame_titles_.push_back(std::move(title));
      frame_tips_.push_back(std::move(tip));
      return static_cast<std::uint32_t>(plan_.frames.size() - 1);
    };
    const auto ground = [&lane_of](std::uint32_t level) {
      const auto lane = lane_of.find(level);
      return lane == lane_of.end() ? 0 : lane->second;
    };
    add_frame(0, false, {});
    for (const std::uint32_t level : view.lanes)
      lane_of[level] = add_frame(0, true, lane_title(level));
    for (const auto& [scope, parent, level] : view.frames) {
      const std::uint32_t around = parent == 0 ? ground(level) : frame_of.at(parent);
      const GraphScope& shown = context_.graph.scopes[scope];
      frame_of[scope] = add_frame(around, false, {}, frame_tooltip(shown));
      scopes_.resize(plan_.frames.size(), 0);
      scopes_.back() = scope;
    }
    for (const Box& box : view.boxes) {
      lines_.push_back(box_lines(context_, box));
      const Extent extent = extent_of(lines_.back());
      sizes_.push_back({extent.width * kEm, extent.height * kEm});
      const double ring = 2 * ring_of(box_style(context_, box));
      const auto [width, height] = along({sizes_.back().width + ring, sizes_.back().height + ring});
      plan_.boxes.push_back(
          {width, height, box.scope == 0 ? ground(box.level) : frame_of.at(box.scope)});
    }
    for (const Arrow& arrow : view.arrows) {
      texts_.push_back(arrow_text(context_, arrow));
      Plan::Link link{arrow.from, arrow.to};
      link.is_faint = arrow.is_zero;
      if (!texts_.back().empty()) {
        const Extent extent = extent_of_number(texts_.back());
        const auto [width, height] = along({extent.width * kEm, extent.height * kEm});
        link.label_width = width;
        link.label_height = height;
      }
      plan_.links.push_back(link);
    }
  }

  // How far the second line around a box reaches.
  [[nodiscard]] static double ring_of(const BoxStyle& style) {
    return style.is_double ? kRingGap + style.border : 0;
  }

  // The layout goes from left to right; a picture from top to bottom is one that is turned over.
  [[nodiscard]] Extent along(const Extent& size) const {
    return options_.left_to_right ? size : Extent{size.height, size.width};
  }
  void turn() {
    const auto turned = [](Place& place) { std::swap(place.x, place.y); };
    std::ranges::for_each(placed_.boxes, turned);
    for (Line& line : placed_.lines) {
      std::ranges::for_each(line.points, turned);
      turned(line.label);
    }
    for (std::vector<Place>& detour : detours_) std::ranges::for_each(detour, turned);
    for (std::vector<Area>& areas : placed_.frames)
      for (Area& area : areas) area = {area.top, area.left, area.bottom, area.right};
    std::swap(placed_.width, placed_.height);
  }

  void begin() {
    add("<g fill=\"none\" stroke=\"{}\">\n", hex(colors_.frame));
    width_ = placed_.width;
    height_ = placed_.height;
  }

  void frames() {
    const bool has_tips = placed_.frames.size() <= kMostBoxTips;
    for (std::size_t i = 1; i < placed_.frames.size(); ++i) {
      const bool is_lane = plan_.frames[i].is_lane;
      for (const Area& area : placed_.frames[i]) {
        const bool has_tip = has_tips && !frame_tips_[i].empty();
        add("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}{}", coordinate(area.left),
            coordinate(area.top), coordinate(area.right - area.left),
            coordinate(area.bottom - area.top),
            is_lane ? "" : fmt::format(" rx=\"6\" fill=\"{}\"", hex(colors_.frame_fill)),
            has_tip ? fmt::format("><title>{}</title></rect>\n", escape_xml(frame_tips_[i]))
                    : "/>\n");
        const auto room = static_cast<std::size_t>(
            std::max(1.0, (area.right - area.left - kEm) / (kCellEm * kEm)));
        const std::string name =
            is_lane ? clean_line(frame_titles_[i], room) : frame_title(context_, scopes_[i], room);
        text({area.left + 0.6 * kEm, area.top + 1.4 * kEm}, name, " class=\"t\"");
      }
    }
    add("</g>\n");
  }

  void text(const Place& place, std::string_view cleaned, std::string_view attributes = "") {
    add("<text x=\"{}\" y=\"{}\"{}>{}</text>\n", coordinate(place.x), coordinate(place.y),
        attributes, escape_xml(cleaned));
  }

  // Leaves and arrives along the computation; straight where nothing turns.
  void stroke(const std::vector<Place>& points, std::size_t first, std::size_t last) {
    add("M{}", at(points[first]));
    for (std::size_t i = first; i + 1 < last; ++i) {
      const Place &a = points[i], &b = points[i + 1];
      const bool horizontal = options_.left_to_right;
      const bool straight = a.x == b.x || a.y == b.y;
      if (straight) {
        add("L{}", at(b));
      } else if (horizontal) {
        const double middle = (a.x + b.x) / 2;
        add("C{} {} {}", at({middle, a.y}), at({middle, b.y}), at(b));
      } else {
        const double middle = (a.y + b.y) / 2;
        add("C{} {} {}", at({a.x, middle}), at({b.x, middle}), at(b));
      }
    }
  }

  void arrows() {
    const std::vector<Arrow>& all = context_.view.arrows;
    const bool has_tips = all.size() <= kMostArrowTips;
    add("<g class=\"a\">\n");
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Line& line = placed_.lines[i];
      if (line.points.empty()) continue;
      if (is_removed(context_, all[i]))
        add("<path stroke=\"{}\" stroke-dasharray=\"4 3\" stroke-width=\"2\" d=\"",
            hex(mark_fill(colors_, {Change::removed})));
      else
        add("<path{}{}{} d=\"", all[i].is_zero ? " class=\"z\"" : "",
            is_aside(context_, all[i]) ? fmt::format(" stroke=\"{}\"", hex(colors_.frame)) : "",
            all[i].edges > 1 ? " stroke-width=\"2\"" : "");
      const std::size_t count = line.points.size();
      if (line.second > 0) stroke(line.points, 0, line.second);
      stroke(line.points, line.second, count);
      const Place& end = line.points.back();
      Place before = line.points[count - 2];
      if (options_.left_to_right)
        before.y = end.y;
      else
        before.x = end.x;
      head(before, end);
      if (has_tips)
        add("\"><title>{}</title></path>\n", escape_xml(clean(arrow_tooltip(context_, all[i]))));
      else
        add("\"/>\n");
    }
    add("</g>\n");
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (texts_[i].empty() || placed_.lines[i].second == 0) continue;
      const Place& label = placed_.lines[i].label;
      text({label.x, label.y + 0.35 * kNumberPoints}, texts_[i],
           all[i].is_zero || is_aside(context_, all[i]) ? " class=\"n f\"" : " class=\"n\"");
    }
  }

  void adjoints() {
    if (detours_.empty()) return;
    add("<g class=\"z\" fill=\"none\" style=\"stroke-dasharray:1.5 3\">\n");
    for (const std::vector<Place>& detour : detours_) {
      char command = 'M';
      add("<path d=\"");
      for (const Place& place : detour) {
        add("{}{}", command, at(place));
        command = 'L';
      }
      add("\"><title>its gradient</title></path>\n");
    }
    add("</g>\n");
  }

  // An open arrow head as part of the line, which is smaller than a marker and the same everywhere.
  void head(const Place& from, const Place& to) {
    const double dx = to.x - from.x, dy = to.y - from.y;
    const double length = std::max(std::hypot(dx, dy), 1e-9);
    const double ux = dx / length, uy = dy / length;
    constexpr double kLength = 5, kHalf = 2.4;
    add("M{}L{}L{}", at({to.x - kLength * ux + kHalf * uy, to.y - kLength * uy - kHalf * ux}),
        at(to), at({to.x - kLength * ux - kHalf * uy, to.y - kLength * uy + kHalf * ux}));
  }

  void boxes() {
    const std::vector<Box>& all = context_.view.boxes;
    const bool has_tips = all.size() <= kMostBoxTips;
    add("<g class=\"b\">\n");
    for (std::size_t i = 0; i < all.size(); ++i) box(i, has_tips);
    add("</g>\n");
  }

  void box(std::size_t i, bool has_tips) {
    const Box& box = context_.view.boxes[i];
    const BoxStyle style = box_style(context_, box);
    const Rgb fill = box_fill(context_, box);
    const double width = sizes_[i].width, height = sizes_[i].height;
    add("<g id=\"{}{}\" transform=\"translate({})\">", box.kind == Box::Kind::node ? 'v' : 'g',
        box.node, at(placed_.boxes[i]));
    if (has_tips) add("<title>{}</title>", escape_xml(box_tooltip(context_, box)));
    const auto outline = [&](double grow, std::string_view attributes) {
      add("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}{}/>", coordinate(-width / 2 - grow),
          coordinate(-height / 2 - grow), coordinate(width + 2 * grow),
          coordinate(height + 2 * grow), style.is_square ? "" : " rx=\"5\"", attributes);
    };
    std::string line;
    if (style.border != 1) line += fmt::format(" stroke-width=\"{:g}\"", style.border);
    if (style.is_dashed) line += " stroke-dasharray=\"5 3\"";
    if (style.is_dotted) line += " stroke-dasharray=\"1.5 2.5\"";
    if (style.is_aside) line += fmt::format(" stroke=\"{}\"", hex(colors_.frame));
    if (style.is_alarming) line += fmt::format(" stroke=\"{}\"", hex(colors_.alarm));
    if (style.is_double) outline(kRingGap + style.border / 2, line + " fill=\"none\"");
    if (fill != colors_.neutral) line += fmt::format(" fill=\"{}\"", hex(fill));
    outline(0, line);
    if (style.is_hatched) hatch(width, height, box.is_origin);
    const std::vector<std::string>& lines = lines_[i];
    double y = -static_cast<double>(lines.size()) * kLinePoints / 2 + 0.95 * kEm;
    for (const std::string& each : lines) {
      add("<text{} y=\"{}\">{}</text>", style.is_aside ? " class=\"f\"" : "", coordinate(y),
          escape_xml(each));
      y += kLinePoints;
    }
    add("</g>\n");
  }

  // Slanting lines inside a box around (0, 0).
  void hatch(double width, double height, bool is_origin) {
    constexpr double kStep = 9, kInside = 1.5;
    const double right = width / 2 - kInside, low = height / 2 - kInside;
    add("<path stroke=\"{}\"{} d=\"", hex(is_origin ? colors_.alarm : colors_.alarm_fill),
        is_origin ? " stroke-width=\"0.8\" stroke-opacity=\"0.4\"" : " stroke-width=\"3\"");
    for (double sum = -right - low + kStep / 2; sum < right + low; sum += kStep) {
      const double x = std::max(-right, sum - low), end = std::min(right, sum + low);
      add("M{}L{}", at({x, sum - x}), at({end, sum - end}));
    }
    add("\"/>");
  }

  // Below the picture.
  void legends() {
    for (const Legend& legend : detail::legends(context_)) {
      if (legend.is_scale)
        scale(legend);
      else
        list(legend);
    }
  }
  void legend_cell(double x, double y, double width, const Legend::Entry& entry) {
    add("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" stroke=\"{}\"/>\n",
        coordinate(x), coordinate(y), coordinate(width), kLegendPoints, hex(entry.fill),
        hex(colors_.frame));
  }
  // Names a row of cells; gives where they begin.
  double legend_title(const Legend& legend, double y) {
    text({0, y + kLegendPoints - 2}, legend.title, " class=\"t\"");
    return (static_cast<double>(cells(legend.title)) + 1) * kCellEm * kEm;
  }
  // One cell a step, a mark below every third from the ends, but none that touches that of zero.
  void scale(const Legend& legend) {
    constexpr double kCell = 16;
    constexpr std::size_t kMarked = 3;
    const double top = height_ + 1.8 * kEm;
    double x = legend_title(legend, top);
    const std::size_t last = legend.entries.size() - 1, zero = legend.zero;
    for (std::size_t i = 0; i <= last; ++i, x += kCell) {
      legend_cell(x, top, kCell, legend.entries[i]);
      const std::size_t from_zero = i < zero ? zero - i : i - zero;
      const std::size_t from_end = i < zero ? i : last - i;
      if (i == zero || (from_end % kMarked == 0 && from_zero >= kMarked))
        text({x + kCell / 2, top + kLegendPoints + kEm}, legend.entries[i].text, " class=\"n\"");
    }
    width_ = std::max(width_, x);
    height_ = top + kLegendPoints + 1.2 * kEm;
  }
  void list(const Legend& legend) {
    constexpr double kCell = 16, kGap = 6;
    double y = height_ + 1.8 * kEm;
    const double first = legend_title(legend, y);
    for (const Legend::Entry& entry : legend.entries) {
      legend_cell(first, y, kCell, entry);
      text({first + kCell + kGap, y + kLegendPoints - 2}, entry.text, " class=\"t\"");
      width_ = std::max(
          width_, first + kCell + kGap + static_cast<double>(cells(entry.text)) * kCellEm * kEm);
      y += kLinePoints + 3;
    }
    height_ = y;
  }

  // Puts the colours of the dark theme in the place of those of the light one.
  static std::string dark_style() {
    const Palette& dark = palette(Theme::dark);
    std::string rules = fmt::format(
        "text{{fill:{}}}.f{{fill:{}}}.a,.b{{stroke:{}}}.z{{stroke:{}}}.b{{fill:{}}}.g{{fill:{}}}",
        hex(dark.text), hex(dark.faint), hex(dark.line), hex(dark.faint), hex(dark.neutral),
        hex(dark.background));
    for (const auto& [from, to] : light_and_dark())
      rules += fmt::format(":not(.g)[fill=\"{0}\"]{{fill:{1}}}[stroke=\"{0}\"]{{stroke:{1}}}",
                           hex(from), hex(to));
    return fmt::format("<style>@media (prefers-color-scheme:dark){{{}}}</style>\n", rules);
  }

  std::string end() {
    const std::string title = heading(context_);
    const auto lines =
        static_cast<double>(std::ranges::count(title, '\n') + (title.empty() ? 0 : 1));
    const double head = lines * kLinePoints;
    std::string title_text;
    std::string_view rest = title;
    for (double y = -head; !rest.empty(); y += kLinePoints) {
      const std::size_t length = std::min(rest.find('\n'), rest.size());
      const std::string line(rest.substr(0, length));
      rest.remove_prefix(std::min(length + 1, rest.size()));
      title_text += fmt::format("<text class=\"t\" x=\"0\" y=\"{}\">{}</text>\n",
                                coordinate(y + kLinePoints - 0.4 * kEm), escape_xml(line));
      width_ = std::max(width_, static_cast<double>(cells(line)) * kCellEm * kEm);
    }
    const double width = std::ceil(width_ + 2 * kPadding);
    const double height = std::ceil(height_ + head + 2 * kPadding);
    std::string text = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}pt\" height=\"{1}pt\" "
        "viewBox=\"0 0 {0} {1}\" xml:space=\"preserve\">\n"
        "<style>text{{font:{2}px monospace;text-anchor:middle;fill:{3};stroke:none}}"
        ".t{{text-anchor:start}}.n{{font-size:{4}px}}.f{{fill:{5}}}"
        ".a{{fill:none;stroke:{6}}}.z{{stroke:{5};stroke-dasharray:4 3}}"
        ".b{{fill:{7};stroke:{6}}}</style>\n",
        width, height, kFontPoints, hex(colors_.text), kNumberPoints, hex(colors_.faint),
        hex(colors_.line), hex(colors_.neutral));
    const bool is_automatic = options_.theme == Theme::automatic;
    if (is_automatic) text += dark_style();
    if (!colors_.transparent)
      text +=
          fmt::format("<rect{} width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
                      is_automatic ? " class=\"g\"" : "", width, height, hex(colors_.background));
    text += fmt::format("<g transform=\"translate({} {})\">\n", kPadding, kPadding + head);
    return text + title_text + body_ + "</g>\n</svg>\n";
  }

  const LabelContext& context_;
  const PictureOptions& options_;
  const Palette& colors_;
  Plan plan_;
  std::vector<std::string> frame_titles_, frame_tips_;  // titles of lanes
  std::vector<std::uint32_t> scopes_;                   // of frames
  Placed placed_;
  std::vector<std::vector<Place>> detours_;  // of lines to gradients
  std::vector<std::vector<std::string>> lines_;
  std::vector<Extent> sizes_;       // of boxes, in points
  std::vector<std::string> texts_;  // on arrows
  std::string body_;
  double width_ = 0, height_ = 0;
};

}  // namespace

std::string to_svg(const Graph& graph, const View& view, const PictureOptions& options) {
  const LabelContext context = label_context(graph, view, options);
  return SvgPicture(context, options)();
}

std::string to_svg(const Graph& graph, const PictureOptions& options) {
  ViewOptions view = options.view;
  view.max_cost = 0;
  return to_svg(graph, make_view(graph, view), options);
}

}  // namespace nabla::viz
