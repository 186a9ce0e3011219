// SPDX-License-Identifier: MIT
#include "page_data.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nabla/viz/view.hpp>

#include "color.hpp"
#include "columns.hpp"
#include "grouping.hpp"
#include "label.hpp"
#include "layered.hpp"
#include "names.hpp"
#include "selection.hpp"
#include "text.hpp"
#include "told.hpp"

namespace nabla::viz::detail {
namespace {

constexpr std::size_t kMostBoxes = 20'000;
constexpr std::uint32_t kNone = 0xFFFF'FFFF;
constexpr std::size_t kMostFrameBytes = std::size_t{16} << 20;
constexpr double kLetters = 12;  // pixels at full size
constexpr double kNanoseconds = 1e9;

// Sizes of boxes: a title and two lines, whose numbers change as the player goes.
constexpr double kHeight = 4.6 * kLetters, kLeast = 12 * kLetters, kMost = 22 * kLetters;

enum Flag : std::uint32_t {
  kScalar = 1,
  kHasGradient = 2,
  kNonFinite = 4,
  kTrouble = 8,
  kOneElement = 16,
};
// Kinds of items: those of Role, then these.
constexpr std::uint32_t kGroup = 5, kHidden = 6;

bool has_one_element(const GraphNode& node) {
  return node.is_scalar || node.tensor->value.count == 1;
}

std::string place_text(const GraphNode& node) {
  if (node.notes->place.empty()) return {};
  return (node.name.empty() ? "computed at " : "named at ") + node.notes->place;
}

std::string stats_text(const Stats& stats) {
  std::string text;
  if (has_finite(stats))
    text = fmt::format("mean {}, deviation {}, from {} to {}, norm {}", number(stats.mean, 4),
                       number(stats.deviation, 4), number(stats.min, 4), number(stats.max, 4),
                       number(stats.norm, 4));
  if (const std::string bad = bad_elements(stats); !bad.empty())
    text += (text.empty() ? "" : ", ") + bad;
  if (stats.zeros > 0) text += fmt::format(", {} of {} are 0", stats.zeros, stats.count);
  return text;
}

class PageData {
 public:
  PageData(const Graph& graph, std::span<const RecordedFrame> frames, const PictureOptions& options)
      : graph_(graph), frames_(frames), options_(options), scopes_(place_nodes(graph)) {
    ViewOptions everything = options.view;
    everything.max_nodes = kMostBoxes;
    everything.max_cost = 0;
    everything.depth = kMaxFrameDepth;
    everything.expand.clear();
    everything.collapse.clear();
    require_scopes(graph, options.view);
    require_marks(graph, options);
    view_ = make_view(graph, everything);
    names_ = display_names(graph);
    number_items();
  }

  std::string operator()() {
    Columns all;
    all.add_json("schema", "\"nabla.page/1\"");
    all.add_json("title", quote_json(clean_line(options_.title)));
    all.add_json("stamp", quote_json(clean_line(options_.stamp)));
    all.add_json("noDifference", quote_json(why_no_difference()));
    all.add_json("root", item_text(graph_.root));
    all.add_json("rootName", quote_json(names_[graph_.root]));
    all.add_json("total", fmt::format("{}", view_.total_nodes));
    all.add_json("shown", fmt::format("{}", view_.shown_nodes));
    all.add_json("values", options_.values ? "true" : "false");
    const bool is_asked = !options_.view.expand.empty() || !options_.view.collapse.empty();
    const bool is_asked_for = options_.theme.value_or(Theme::automatic) != Theme::automatic;
    all.add_json("isDark", !is_asked_for                   ? "null"
                           : options_.theme == Theme::dark ? "true"
                                                           : "false");
    all.add_json("isAsked", is_asked ? "true" : "false");
    all.add_json("color", quote_json(color_name()));
    all.add_json("palettes", palettes());
    all.add_json("items", items());
    all.add_json("links", links());
    all.add_json("layout", layout());
    all.add_json("order", order());
    if (!frames_.empty() && options_.values && is_whole()) all.add_json("frames", frames());
    all.add_json("findings", findings());
    all.add_json("texts", texts_.array());
    return all.object();
  }

 private:
  // The number of a node's item, -1 if it has none.
  [[nodiscard]] std::string item_text(std::uint32_t node) const {
    return item_of_[node] == kNone ? "-1" : fmt::format("{}", item_of_[node]);
  }

  void number_items() {
    item_of_.assign(graph_.nodes.size(), kNone);
    for (std::uint32_t i = 0; i < view_.boxes.size(); ++i) {
      if (view_.boxes[i].kind == Box::Kind::node) item_of_[view_.boxes[i].node] = i;
    }
    if (!options_.view.fold_constants) return;
    const std::vector<bool> folded = folded_constants(graph_);
    const std::vector<bool> selected = selected_nodes(graph_, options_.view);
    for (std::uint32_t i = 0; i < folded.size(); ++i) {
      if (!folded[i] || !selected[i] || item_of_[i] != kNone) continue;
      item_of_[i] = static_cast<std::uint32_t>(view_.boxes.size() + constants_.size());
      constants_.push_back(i);
    }
  }

  [[nodiscard]] std::string color_name() const {
    switch (options_.color) {
      case ColorBy::gradient:
        return options_.values ? "gradient" : "none";
      case ColorBy::value:
        return options_.values ? "value" : "none";
      case ColorBy::bytes:
        return "bytes";
      case ColorBy::time:
        return "time";
      default:
        return "none";
    }
  }

  static std::string palettes() {
    std::string text;
    for (const auto& [name, theme] : {std::pair{"light", Theme::light}, {"dark", Theme::dark}}) {
      const Palette& p = palette(theme);
      text += fmt::format(
          "{}\"{}\":{{\"text\":\"{}\",\"faint\":\"{}\",\"line\":\"{}\",\"neutral\":\"{}\","
          "\"frame\":"
          "\"{}\",\"frameFill\":\"{}\",\"alarm\":\"{}\",\"negative\":\"{}\",\"positive\":\"{}\","
          "\"norm\":\"{}\",\"marks\":[{}]}}",
          text.empty() ? "" : ",", name, hex(p.text), hex(p.faint), hex(p.line), hex(p.neutral),
          hex(p.frame), hex(p.frame_fill), hex(p.alarm), hex(p.negative), hex(p.positive),
          hex(p.unsigned_norm), mark_fills(p));
    }
    return "{" + text + "}";
  }

  static std::string mark_fills(const Palette& colors) {
    std::string text = fmt::format("\"{}\",\"{}\",\"{}\"", hex(mark_fill(colors, {})),
                                   hex(mark_fill(colors, {Change::added})),
                                   hex(mark_fill(colors, {Change::removed})));
    for (int step = 0; step <= kShades; ++step)
      text += fmt::format(",\"{}\"", hex(heat(colors, Sign::positive, step)));
    return text;
  }

  // The node an item stands for, or the last of them.
  [[nodiscard]] std::uint32_t node_of(std::size_t item) const {
    return item < view_.boxes.size() ? view_.boxes[item].node
                                     : constants_[item - view_.boxes.size()];
  }
  [[nodiscard]] std::size_t item_count() const { return view_.boxes.size() + constants_.size(); }

  std::string items() {
    std::vector<std::uint32_t> kind, flags, name, sort, mark, change, gradient_of, place;
    std::vector<double> value, gradient, bytes, time;
    for (std::size_t i = 0; i < item_count(); ++i) {
      const GraphNode& node = graph_.nodes[node_of(i)];
      const Box* box = i < view_.boxes.size() ? &view_.boxes[i] : nullptr;
      if (box != nullptr && box->kind != Box::Kind::node) {
        kind.push_back(box->kind == Box::Kind::group ? kGroup : kHidden);
        flags.push_back(flags_of(*box));
        const std::string repeat = box->repeat > 1 ? fmt::format(" x {}", box->repeat) : "";
        name.push_back(texts_(clean_line(box->title) + repeat));
        sort.push_back(sort_of({.told = texts_(fmt::format("{} nodes", box->nodes))}));
        value.push_back(0);
        gradient.push_back(box->median_gradient);
        bytes.push_back(box->bytes);
        time.push_back(kNanoseconds * box->seconds);
        gradient_of.push_back(0);
        place.push_back(0);
        continue;
      }
      const bool one = has_one_element(node);
      kind.push_back(static_cast<std::uint32_t>(node.role));
      flags.push_back(flags_of(node, box));
      name.push_back(texts_(names_[node_of(i)]));
      sort.push_back(sort_of(sort_texts(node)));
      value.push_back(one ? node.value : told(node.tensor->value.norm, node.tensor->value));
      gradient.push_back(one ? node.gradient
                             : told(node.tensor->gradient.norm, node.tensor->gradient));
      bytes.push_back(static_cast<double>(node.tensor->bytes));
      time.push_back(kNanoseconds * static_cast<double>(node.notes->seconds));
      place.push_back(texts_(clean_line(place_text(node))));
      gradient_of.push_back(texts_(detail::gradient_of(graph_, node_of(i), names_)));
    }
    for (std::size_t i = 0; !options_.marks.empty() && i < item_count(); ++i) {
      mark.push_back(mark_of(i));
      change.push_back(is_group(i) ? 0 : texts_(clean(options_.marks[node_of(i)].text)));
    }
    Columns all;
    all.add("kind", kind);
    if (!mark.empty()) all.add("mark", mark);
    if (!change.empty() && options_.values) all.add("change", change);
    if (is_whole()) add_outside(all);
    all.add("flags", flags);
    all.add("name", name);
    all.add("sort", sort);
    add_sorts(all);
    if (options_.values) {
      all.add("value", value);
      all.add("gradient", gradient);
    }
    if (options_.values) add_differences(all);
    if (std::ranges::any_of(place, [](std::uint32_t text) { return text > 0; }))
      all.add("place", place);
    if (!graph_.adjoints.empty()) all.add("gradientOf", gradient_of);
    const auto is_some = [](double size) { return size > 0; };
    if (std::ranges::any_of(bytes, is_some)) all.add("bytes", bytes);
    if (std::ranges::any_of(time, is_some)) all.add("time", time);
    return all.object();
  }

  // Of a node whose gradient has no finite difference beside it.
  [[nodiscard]] std::string_view why_no_difference() const {
    const bool are_some = std::ranges::any_of(
        graph_.nodes, [](const GraphNode& node) { return !node.notes->difference.empty(); });
    return are_some ? "the graph is too large for all: check::add_differences takes more numbers"
                    : "check::add_differences computes it, of Values alone or Tensors alone";
  }

  // Of each item the slopes that finite differences show: none, one and how wrong it may be, or those on
  // the two sides of a kink.
  void add_differences(Columns& all) {
    std::vector<std::uint32_t> count, verdict;
    std::vector<double> slope, bound;
    for (std::size_t i = 0; i < item_count(); ++i) {
      const auto& difference = graph_.nodes[node_of(i)].notes->difference;
      const FiniteDifference& found = difference;
      count.push_back(0);
      const auto add = [&](double each, double wrong) {
        ++count.back();
        slope.push_back(each);
        bound.push_back(wrong);
        verdict.push_back(texts_(clean_line(found.verdict)));
      };
      if (is_group(i) || difference.empty()) continue;
      if (found.left == found.right) {
        add(found.slope, found.bound);
      } else {
        add(found.left, 0);
        add(found.right, 0);
      }
    }
    if (slope.empty()) return;
    all.add("slopeCount", count);
    all.add("slope", slope);
    all.add("bound", bound);
    all.add("verdict", verdict);
  }

  // Which of the fills of marks an item has: the same, added, removed, then changed by decades.
  [[nodiscard]] std::uint32_t mark_of(std::size_t item) const {
    if (is_group(item)) return 0;
    const Mark& mark = options_.marks[node_of(item)];
    const auto kind = static_cast<std::uint32_t>(mark.change);
    return kind +
           (mark.change == Change::changed ? static_cast<std::uint32_t>(mark_step(mark)) : 0);
  }
  [[nodiscard]] bool is_group(std::size_t item) const {
    return item < view_.boxes.size() && view_.boxes[item].kind != Box::Kind::node;
  }

  // Of pictures that leave something out: how many operands an operation has, in the picture or not,
  // and how many parts of a gradient come from outside.
  void add_outside(Columns& all) const {
    std::vector<std::uint32_t> operands(item_count(), 0), outside(item_count(), 0);
    for (const GraphEdge& edge : graph_.edges) {
      const std::uint32_t from = item_of_[edge.from], to = item_of_[edge.to];
      if (to != kNone && !is_gone(edge)) ++operands[to];
      if (from != kNone && to == kNone && edge.has_contribution) ++outside[from];
    }
    if (!is_cut()) return;
    all.add("operands", operands);
    all.add("outside", outside);
  }
  [[nodiscard]] bool is_cut() const {
    return std::ranges::any_of(graph_.edges, [this](const GraphEdge& edge) {
      return (item_of_[edge.from] == kNone) != (item_of_[edge.to] == kNone);
    });
  }
  // Led from or to what was removed. Its slot is behind those of the operands there are.
  [[nodiscard]] bool is_gone(const GraphEdge& edge) const {
    return !options_.marks.empty() && options_.marks[edge.to].change != Change::removed &&
           options_.marks[edge.from].change == Change::removed;
  }

  // What many items have in common.
  struct Sort {
    std::uint32_t op = 0, symbol = 0, formula = 0, rule = 0, type = 0, remark = 0, told = 0;

    auto operator<=>(const Sort&) const = default;
  };
  [[nodiscard]] Sort sort_texts(const GraphNode& node) {
    Sort sort;
    sort.op = texts_(clean_line(node.op->name));
    sort.symbol = texts_(clean_line(node.op->symbol));
    sort.formula = texts_(clean(node.op->formula));
    sort.rule = texts_(clean(node.op->gradient_rule));
    if (!node.is_scalar)
      sort.type = texts_(shape_text(node.tensor->shape) + " " + clean_line(node.dtype));
    sort.remark = texts_(clean(node.notes->remark));
    if (!has_one_element(node) && options_.values)
      sort.told = texts_(stats_text(node.tensor->value));
    return sort;
  }
  [[nodiscard]] std::uint32_t sort_of(const Sort& sort) {
    const auto [place, is_new] =
        sort_numbers_.try_emplace(sort, static_cast<std::uint32_t>(sorts_.size()));
    if (is_new) sorts_.push_back(sort);
    return place->second;
  }
  void add_sorts(Columns& all) const {
    static constexpr std::pair<const char*, std::uint32_t Sort::*> kMembers[] = {
        {"op", &Sort::op},     {"symbol", &Sort::symbol}, {"formula", &Sort::formula},
        {"rule", &Sort::rule}, {"type", &Sort::type},     {"remark", &Sort::remark},
        {"told", &Sort::told}};
    for (const auto& [key, member] : kMembers) {
      std::vector<std::uint32_t> column;
      for (const Sort& sort : sorts_) column.push_back(sort.*member);
      all.add(key, column);
    }
  }

  [[nodiscard]] static std::uint32_t flags_of(const GraphNode& node, const Box* box) {
    return (node.is_scalar ? kScalar : 0U) | (node.has_gradient ? kHasGradient : 0U) |
           (box != nullptr && box->non_finite ? kNonFinite : 0U) |
           (box != nullptr && box->flagged > 0 ? kTrouble : 0U) |
           (has_one_element(node) ? kOneElement : 0U);
  }

  [[nodiscard]] static std::uint32_t flags_of(const Box& box) {
    return (box.has_gradient ? kHasGradient : 0U) | (box.non_finite ? kNonFinite : 0U) |
           (box.flagged > 0 ? kTrouble : 0U);
  }

  std::string links() {
    std::vector<std::uint32_t> from, to, slot, adds, sample_count;
    std::vector<double> local, contribution, samples;
    link_of_.assign(graph_.edges.size(), kNone);
    const auto add = [&](std::uint32_t a, std::uint32_t b, std::uint32_t edge) {
      const GraphEdge& source = graph_.edges[edge];
      link_of_[edge] = static_cast<std::uint32_t>(from.size());
      from.push_back(a);
      to.push_back(b);
      slot.push_back(source.slot);
      adds.push_back(source.has_contribution ? 1 : 0);
      local.push_back(source.local);
      contribution.push_back(source.contribution);
      const std::vector<double>& all = graph_.samples[source.samples];
      sample_count.push_back(static_cast<std::uint32_t>(all.size()));
      samples.insert(samples.end(), all.begin(), all.end());
    };
    if (is_whole()) {
      for (std::uint32_t i = 0; i < graph_.edges.size(); ++i) {
        const std::uint32_t a = item_of_[graph_.edges[i].from], b = item_of_[graph_.edges[i].to];
        if (a != kNone && b != kNone) add(a, b, i);
      }
    } else {
      for (const Arrow& arrow : view_.arrows) add(arrow.from, arrow.to, arrow.edge);
    }
    Columns all;
    all.add("from", from);
    all.add("to", to);
    if (is_whole() && is_cut()) all.add("slot", slot);
    all.add("adds", adds);
    if (options_.values && is_whole()) {
      all.add("local", local);
      if (!std::ranges::all_of(graph_.edges,
                               [this](const GraphEdge& edge) { return is_product(edge); }))
        all.add("contribution", contribution);
      if (!samples.empty()) {
        all.add("sampleCount", sample_count);
        all.add("samples", samples);
      }
    }
    return all.object();
  }

  // What it adds is the product of what the page has, to the bit.
  [[nodiscard]] bool is_product(const GraphEdge& edge) const {
    if (!edge.has_contribution) return true;
    const GraphNode &from = graph_.nodes[edge.from], &to = graph_.nodes[edge.to];
    const double product = to.gradient * edge.local;
    return from.is_scalar && to.is_scalar &&
           (std::bit_cast<std::uint64_t>(product) ==
                std::bit_cast<std::uint64_t>(edge.contribution) ||
            (std::isnan(product) && std::isnan(edge.contribution)));
  }

  // No box stands for several nodes, so links are edges.
  [[nodiscard]] bool is_whole() const {
    return std::ranges::all_of(view_.boxes,
                               [](const Box& box) { return box.kind == Box::Kind::node; });
  }

  std::string layout() {
    Plan plan;
    plan.em = kLetters;
    plan.frames.push_back({0, false});
    std::vector<std::uint32_t> names{0}, frame_scopes{0};
    std::map<std::uint32_t, std::uint32_t> frame_of, lane_of;
    for (const std::uint32_t level : view_.lanes) {
      lane_of[level] = static_cast<std::uint32_t>(plan.frames.size());
      plan.frames.push_back({0, true});
      names.push_back(texts_(lane_title(level)));
      frame_scopes.push_back(kNone);
    }
    const auto ground = [&](std::uint32_t level) {
      const auto lane = lane_of.find(level);
      return lane == lane_of.end() ? 0 : lane->second;
    };
    for (const auto& [scope, parent, level] : view_.frames) {
      frame_of[scope] = static_cast<std::uint32_t>(plan.frames.size());
      plan.frames.push_back({parent == 0 ? ground(level) : frame_of.at(parent), false});
      names.push_back(texts_(clean_line(graph_.scopes[scope].name)));
      frame_scopes.push_back(scope);
    }
    std::vector<std::uint32_t> home, width;
    for (std::size_t i = 0; i < view_.boxes.size(); ++i) {
      const Box& box = view_.boxes[i];
      home.push_back(box.scope == 0 ? ground(box.level) : frame_of.at(box.scope));
      const double size = width_of(box);
      width.push_back(static_cast<std::uint32_t>(size));
      plan.boxes.push_back({size, kHeight, home.back()});
    }
    for (const Arrow& arrow : view_.arrows)
      plan.links.push_back({.from = arrow.from, .to = arrow.to, .is_faint = arrow.is_zero});
    return placed(plan, place_in_layers(plan), names, frame_scopes, home, width);
  }

  [[nodiscard]] double width_of(const Box& box) const {
    const GraphNode& node = graph_.nodes[box.node];
    const bool is_single = box.kind == Box::Kind::node;
    const std::size_t title =
        is_single ? cells(names_[box.node]) + cells(clean_line(node.op->name, 16)) + 3
                  : cells(clean_line(box.title)) + 8;
    const double least = is_single && has_one_element(node) ? kLeast : 1.25 * kLeast;
    return std::clamp(std::ceil(static_cast<double>(title) * kCellEm * kLetters + kLetters), least,
                      kMost);
  }

  std::string placed(const Plan& plan, const Placed& places,
                     const std::vector<std::uint32_t>& names,
                     const std::vector<std::uint32_t>& frame_scopes,
                     const std::vector<std::uint32_t>& home,
                     const std::vector<std::uint32_t>& width) {
    std::vector<float> x, y, points, areas;
    std::vector<std::uint32_t> point_count(graph_.edges.size(), 0), parent, area_count, is_lane,
        is_closed, opened_at;
    for (const Place& place : places.boxes) {
      x.push_back(static_cast<float>(place.x));
      y.push_back(static_cast<float>(place.y));
    }
    const std::vector<bool> closed = closed_at_first();
    for (std::size_t i = 0; i < plan.frames.size(); ++i) {
      parent.push_back(plan.frames[i].parent);
      is_lane.push_back(plan.frames[i].is_lane ? 1 : 0);
      const std::uint32_t scope = frame_scopes[i];
      const bool is_scope = i > 0 && scope != kNone;
      is_closed.push_back(is_scope && closed[scope] ? 1 : 0);
      opened_at.push_back(is_scope ? texts_(clean_line(graph_.scopes[scope].place)) : 0);
      area_count.push_back(static_cast<std::uint32_t>(places.frames[i].size()));
      for (const Area& area : places.frames[i])
        for (const double side : {area.left, area.top, area.right, area.bottom})
          areas.push_back(static_cast<float>(side));
    }
    add_points(places, points, point_count);
    std::vector<std::uint32_t> adjoints;  // two boxes each: a gradient, what it is the gradient of
    for (const auto& [node, of] : view_.adjoints) {
      adjoints.push_back(node);
      adjoints.push_back(of);
    }
    Columns all;
    all.add_json("em", fmt::format("{}", kLetters));
    all.add_json("height", fmt::format("{}", kHeight));
    all.add("x", x);
    all.add("y", y);
    all.add("width", width);
    all.add("home", home);
    all.add("frameName", names);
    all.add("framePlace", opened_at);
    all.add("frameParent", parent);
    all.add("frameIsLane", is_lane);
    all.add("frameIsClosed", is_closed);
    all.add("areaCount", area_count);
    all.add("areas", areas);
    all.add("pointCount", point_count);
    all.add("points", points);
    all.add("adjoints", adjoints);
    return all.object();
  }

  // What lines pass between their ends, by link. Those with most bends go without where a page would
  // grow too large: the page draws such a link from box to box.
  void add_points(const Placed& places, std::vector<float>& points,
                  std::vector<std::uint32_t>& count) const {
    constexpr std::size_t kMostPoints = 25'000;
    count.assign(static_cast<std::size_t>(std::ranges::count_if(
                     link_of_, [](std::uint32_t link) { return link != kNone; })),
                 0);
    std::vector<std::vector<Place>> lines(count.size());
    std::vector<std::size_t> of_length;  // points of all lines with so many
    for (std::size_t i = 0; i < view_.arrows.size(); ++i) {
      std::vector<Place>& line = lines[link_of_[view_.arrows[i].edge]];
      line = without_straight_parts(places.lines[i].points);
      if (of_length.size() <= line.size()) of_length.resize(line.size() + 1, 0);
      of_length[line.size()] += line.size();
    }
    std::size_t longest = 0;
    for (std::size_t all = 0; longest < of_length.size(); ++longest) {
      all += of_length[longest];
      if (all > kMostPoints) break;
    }
    for (std::size_t link = 0; link < lines.size(); ++link) {
      if (lines[link].size() >= longest) continue;
      count[link] = static_cast<std::uint32_t>(lines[link].size());
      for (const Place& point : lines[link]) {
        points.push_back(static_cast<float>(point.x));
        points.push_back(static_cast<float>(point.y));
      }
    }
  }
  static std::vector<Place> without_straight_parts(const std::vector<Place>& line) {
    std::vector<Place> result;
    for (const Place& point : line) {
      const std::size_t count = result.size();
      if (count > 1 && result[count - 1].y == point.y && result[count - 2].y == point.y)
        result.back() = point;
      else
        result.push_back(point);
    }
    return result;
  }

  // The deepest scopes close first, until the budget holds.
  [[nodiscard]] std::vector<bool> closed_at_first() const {
    const std::size_t budget = options_.view.max_nodes == 0
                                   ? std::numeric_limits<std::size_t>::max()
                                   : options_.view.max_nodes;
    std::vector<bool> result(graph_.scopes.size(), false);
    for (std::size_t level = std::min(options_.view.depth, scopes_.deepest);; --level) {
      const std::vector<std::uint32_t> closed =
          closed_scopes(graph_, scopes_, options_.view, level, {});
      std::vector<bool> is_seen(graph_.scopes.size(), false);
      std::size_t boxes = 0;
      for (const Box& box : view_.boxes) {
        const std::uint32_t shown_as = closed[box.scope];
        if (shown_as != kNoBox && is_seen[shown_as]) continue;
        if (shown_as != kNoBox) is_seen[shown_as] = true;
        ++boxes;
      }
      if (boxes > budget && level > 0) continue;
      for (std::size_t scope = 1; scope < closed.size(); ++scope)
        result[scope] = closed[scope] != kNoBox;
      return result;
    }
  }

  // Of the sweep, the links that add to a gradient.
  std::string order() {
    std::vector<std::uint32_t> links;
    if (is_whole()) {
      for (const std::uint32_t edge : graph_.backward_order)
        if (link_of_[edge] != kNone) links.push_back(link_of_[edge]);
    }
    Columns all;
    all.add("links", links);
    return all.object();
  }

  // Of many frames every k-th, the first and the last, and that with which numbers stop being finite.
  [[nodiscard]] std::vector<std::size_t> shown_frames() const {
    const std::size_t bytes = 2 * sizeof(float) * item_count();
    const std::size_t most = std::max<std::size_t>(kMostFrameBytes / bytes, 2);
    const std::size_t stride = (frames_.size() + most - 1) / most;
    const auto is_finite = [](const RecordedFrame& frame) {
      const auto finite = [](float x) { return std::isfinite(x); };
      return std::isfinite(frame.loss) && std::ranges::all_of(frame.values, finite) &&
             std::ranges::all_of(frame.gradients, finite);
    };
    std::vector<std::size_t> shown;
    bool are_finite = true;  // all so far
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      const bool is_first_bad = stride > 1 && are_finite && !is_finite(frames_[i]);
      if (i % stride == 0 || i + 1 == frames_.size() || is_first_bad) shown.push_back(i);
      are_finite = are_finite && !is_first_bad;
    }
    return shown;
  }

  // Frame after frame, in each a number for each item.
  [[nodiscard]] std::string frames() const {
    std::vector<double> steps, losses;
    std::vector<float> values, gradients;
    for (const std::size_t at : shown_frames()) {
      const RecordedFrame& frame = frames_[at];
      steps.push_back(static_cast<double>(frame.step));
      losses.push_back(frame.loss);
      for (std::size_t i = 0; i < item_count(); ++i) {
        values.push_back(frame.values[node_of(i)]);
        gradients.push_back(frame.gradients[node_of(i)]);
      }
    }
    Columns all;
    all.add("steps", steps);
    all.add_json("all", fmt::format("{}", frames_.size()));
    all.add("losses", losses);
    all.add("values", values);
    all.add("gradients", gradients);
    return all.object();
  }

  [[nodiscard]] std::string findings() const {
    std::string text;
    for (const Finding& finding : view_.findings) {
      if (!options_.values && finding.trouble != Trouble::detached &&
          finding.trouble != Trouble::unused)
        continue;
      if (is_of_removed(finding, options_)) continue;
      text += fmt::format("{}{{\"item\":{},\"text\":{}}}", text.empty() ? "" : ",",
                          item_text(finding.node), quote_json(clean_line(finding.text)));
    }
    return "[" + text + "]";
  }

  const Graph& graph_;
  std::span<const RecordedFrame> frames_;
  const PictureOptions& options_;
  Scopes scopes_;
  View view_;
  std::vector<std::string> names_;
  std::vector<std::uint32_t> item_of_;    // of nodes
  std::vector<std::uint32_t> constants_;  // nodes that labels show
  std::vector<std::uint32_t> link_of_;    // of edges
  Texts texts_;
  std::map<Sort, std::uint32_t> sort_numbers_;
  std::vector<Sort> sorts_;
};

}  // namespace

std::string page_data(const Graph& graph, std::span<const RecordedFrame> frames,
                      const PictureOptions& options) {
  return PageData(graph, frames, options)();
}

}  // namespace nabla::viz::detail
