// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/dot.hpp>

#include "color.hpp"
#include "dot_graph.hpp"
#include "label.hpp"
#include "legend.hpp"
#include "names.hpp"
#include "text.hpp"
#include "trunks.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

constexpr double kPointsPerInch = 72.0;

std::string inches(double ems) { return fmt::format("{:.3f}", ems * kFontPoints / kPointsPerInch); }

// Graphviz makes a frame as wide as its title is in the font at hand. In a table whose size is given, text
// takes the same room in any font, and begins at the left.
std::string title_table(std::string_view cleaned) {
  constexpr double kLetterEm = 0.61, kTitleLineEm = 1.3;  // so that what Graphviz measures fits in
  std::size_t widest = 0, count = 0;
  std::string lines;
  for (std::size_t at = 0; at <= cleaned.size(); ++count) {
    const std::size_t end = std::min(cleaned.find('\n', at), cleaned.size());
    const std::string_view line = cleaned.substr(at, end - at);
    widest = std::max(widest, cells(line));
    lines += escape_xml(line) + R"(<BR ALIGN="LEFT"/>)";
    at = end + 1;
  }
  const auto points = [](std::size_t units, double em) {
    return std::ceil(static_cast<double>(units) * em * kFontPoints);
  };
  return fmt::format(R"(<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" )"
                     R"(FIXEDSIZE="TRUE" WIDTH="{:g}" HEIGHT="{:g}">)"
                     R"(<TR><TD ALIGN="LEFT">{}</TD></TR></TABLE>)",
                     points(widest, kLetterEm), points(count, kTitleLineEm), lines);
}

struct Picture {
  const LabelContext& context;
  const Palette& colors;
  DotGraph& dot;
  std::unordered_map<std::uint32_t, Agraph_t*> lanes = {}, frames = {};  ///< by level, by scope
  std::vector<Agnode_t*> nodes = {};
  std::size_t legends = 0, parts = 0;
};

// libcgraph, when it writes a graph, asks for each node and edge each frame in it whether that one has
// it. So of frames beside each other at most so many are in one; where there are more, they stand in
// parts, and these in greater ones. Graphviz draws the same picture.
constexpr std::size_t kMostFrames = 32;

// Finds the part for each of `count` frames in `around`, one after the other.
class Parts {
 public:
  Parts(Agraph_t* around, std::size_t count) : path_{around} {
    for (std::size_t size = kMostFrames; size < count; size *= kMostFrames) sizes_.push_back(size);
    std::ranges::reverse(sizes_);
  }

  Agraph_t* next(Picture& picture) {
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      if (count_ % sizes_[i] != 0) continue;
      path_.resize(i + 1);
      path_.push_back(picture.dot.frame(path_.back(), fmt::format("part_{}", picture.parts++)));
    }
    ++count_;
    return path_.back();
  }

 private:
  std::vector<std::size_t> sizes_ = {};  // of the parts, how many frames stand in each
  std::vector<Agraph_t*> path_;
  std::size_t count_ = 0;
};

bool has_numbers(const LabelContext& context) {
  return std::ranges::any_of(
      context.view.arrows, [&](const Arrow& arrow) { return !arrow_text(context, arrow).empty(); });
}

// Graphviz would lay it out fast but for lines that pass many ranks. Where there is more, no lines help.
bool passes_too_much(const View& view) {
  return view.boxes.size() + view.arrows.size() <= kUsualCost && layout_cost(view) > kUsualCost;
}

void declare_graph(const Picture& picture, bool has_numbers) {
  const PictureOptions& options = picture.context.options;
  const auto declare = [&](const char* key, const std::string& value) {
    picture.dot.declare(AGRAPH, key, value);
  };
  declare("charset", "UTF-8");
  declare("linelength", "0");  // cgraph: do not break long strings
  declare("bgcolor", picture.colors.transparent ? "transparent" : hex(picture.colors.background));
  declare("fontname", "monospace");
  declare("fontsize", "10");
  declare("fontcolor", hex(picture.colors.text));
  declare("rankdir", options.left_to_right ? "LR" : "TB");
  declare("ranksep", inches(has_numbers ? 2.2 : 4.5));  // a number has a rank of its own: two gaps
  declare("nodesep", "0.2");
  // As many moves as there are boxes: after those it shortens lines by little, and may go on for minutes.
  if (passes_too_much(picture.context.view)) declare("nslimit", "1");
  declare("pad", "0.15");
  declare("labelloc", "t");
  declare("labeljust", "l");
  if (options.dots_per_inch > 0.0) declare("dpi", fmt::format("{:g}", options.dots_per_inch));
  if (options.max_width_inches > 0.0 && options.max_height_inches > 0.0) {
    declare("size",
            fmt::format("{:.3f},{:.3f}", options.max_width_inches, options.max_height_inches));
  }
  declare("label", "");
  declare("style", "");
  declare("color", hex(picture.colors.frame));
  declare("fillcolor", hex(picture.colors.frame_fill));
  declare("penwidth", "1");
  declare("tooltip", " ");
}

// What is set on any is declared before there are objects: later it would be added to each of them.
void declare_nodes_and_edges(const Picture& picture, bool has_numbers, bool has_legend) {
  const auto node = [&](const char* key, const std::string& value) {
    picture.dot.declare(AGNODE, key, value);
  };
  node("shape", "box");
  node("fixedsize", "true");
  node("fontname", "monospace");
  node("fontsize", fmt::format("{:g}", kFontPoints));
  node("fontcolor", hex(picture.colors.text));
  node("color", hex(picture.colors.line));
  node("margin", "0");
  node("id", "\\N");  // in an SVG, too, a box has the name it has here
  for (const char* key : {"label", "tooltip", "style", "fillcolor"}) node(key, "");
  node("width", "0.75");
  node("height", "0.5");
  if (has_numbers) node("penwidth", "1");
  if (has_legend) node("gradientangle", "0");
  const auto offer = [&](int kind, const char* key, const char* value) {
    picture.dot.offer(kind, key, value);
  };
  offer(AGNODE, "penwidth", "1");
  offer(AGNODE, "peripheries", "1");
  const auto edge = [&](const char* key, const std::string& value) {
    picture.dot.declare(AGEDGE, key, value);
  };
  edge("color", hex(picture.colors.line));
  edge("arrowsize", "0.6");
  edge("tooltip", "");
  offer(AGEDGE, "arrowhead", "normal");
  offer(AGEDGE, "style", "solid");
  offer(AGEDGE, "penwidth", "1");
  offer(AGEDGE, "constraint", "true");
}

void add_lanes(Picture& picture) {
  for (const std::uint32_t level : picture.context.view.lanes) {
    Agraph_t* lane = picture.dot.frame(picture.dot.root(), fmt::format("cluster_level_{}", level));
    picture.dot.set_table(lane, "label", title_table(lane_title(level)));
    picture.lanes[level] = lane;
  }
}

// What holds the boxes that stand in no frame.
Agraph_t* ground(const Picture& picture, std::uint32_t level) {
  const auto lane = picture.lanes.find(level);
  return lane == picture.lanes.end() ? picture.dot.root() : lane->second;
}

Agraph_t* frame_around(const Picture& picture, const Box& box) {
  return box.scope == 0 ? ground(picture, box.level) : picture.frames.at(box.scope);
}

constexpr std::size_t kFrameRoom = 100;  // a frame becomes as wide as its title

void add_frames(Picture& picture) {
  const Graph& graph = picture.context.graph;
  using Place = std::pair<std::uint32_t, std::uint32_t>;  // the scope around, the level
  std::map<Place, std::size_t> counts;
  for (const Frame& frame : picture.context.view.frames) ++counts[{frame.parent, frame.level}];
  std::map<Place, Parts> parts;
  for (const auto& [scope, parent, level] : picture.context.view.frames) {
    const Place place{parent, level};
    Agraph_t* around = parent == 0 ? ground(picture, level) : picture.frames.at(parent);
    Parts& siblings = parts.try_emplace(place, around, counts.at(place)).first->second;
    Agraph_t* frame = picture.dot.frame(siblings.next(picture), fmt::format("cluster_{}", scope));
    picture.dot.set_table(frame, "label",
                          title_table(frame_title(picture.context, scope, kFrameRoom)));
    picture.dot.set(frame, "style", "rounded,filled");
    if (const std::string tip = frame_tooltip(graph.scopes[scope]); !tip.empty())
      picture.dot.set(frame, "tooltip", escape_dot(tip));
    picture.frames[scope] = frame;
  }
}

std::string style_text(const BoxStyle& style) {
  if (style.is_hatched) return "striped";
  if (style.is_dashed) return "rounded,dashed,filled";
  const std::string dots = style.is_dotted ? ",dotted" : "";
  return (style.is_square ? "filled" : "rounded,filled") + dots;
}

// The two in turn, lines between them.
std::string stripes(const std::string& one, const std::string& other) {
  std::string all = one;
  for (int pair = 0; pair < 4; ++pair) all += ":" + other + ":" + one;
  return all;
}

void add_box(Picture& picture, const Box& box) {
  std::vector<std::string> lines = box_lines(picture.context, box);
  for (std::string& line : lines)  // one blank at the end would not be in an SVG of Graphviz
    if (line.ends_with(' ')) line.replace(line.size() - 1, 1, "\xC2\xA0");
  const Extent extent = extent_of(lines);
  const BoxStyle style = box_style(picture.context, box);
  const char* letter = box.kind == Box::Kind::node ? "v" : "g";
  const std::string id = fmt::format("{}{}", letter, box.node);
  Agnode_t* node = picture.dot.node(frame_around(picture, box), id);
  const auto set = [&](const char* key, const std::string& value) {
    picture.dot.set(node, key, value);
  };
  set("label", escape_dot(fmt::format("{}", fmt::join(lines, "\n"))));
  set("tooltip", escape_dot(box_tooltip(picture.context, box)));
  set("style", style_text(style));
  const std::string fill = hex(box_fill(picture.context, box));
  set("fillcolor", style.is_hatched ? stripes(fill, hex(picture.colors.alarm_fill)) : fill);
  set("width", inches(extent.width));
  set("height", inches(extent.height));
  if (style.border != 1.0) set("penwidth", fmt::format("{:g}", style.border));
  if (style.is_alarming) set("color", hex(picture.colors.alarm));
  if (style.is_aside) {
    set("color", hex(picture.colors.frame));
    set("fontcolor", hex(picture.colors.faint));
  }
  if (style.is_double) set("peripheries", "2");
  picture.nodes.push_back(node);
}

// The innermost frame around both boxes.
Agraph_t* common_frame(const Picture& picture, const Arrow& arrow) {
  const View& view = picture.context.view;
  const Box &from = view.boxes[arrow.from], &to = view.boxes[arrow.to];
  std::uint32_t a = from.scope, b = to.scope;
  const std::vector<GraphScope>& scopes = picture.context.graph.scopes;
  while (a != b || (a != 0 && !picture.frames.contains(a))) {
    std::uint32_t& inner = a > b ? a : b;  // a parent has a smaller number
    inner = scopes[inner].parent;
  }
  if (a != 0) return picture.frames.at(a);
  return from.level == to.level ? ground(picture, from.level) : picture.dot.root();
}

Agedge_t* add_line(Picture& picture, Agnode_t* from, Agnode_t* to, const Arrow& arrow,
                   const std::string& tooltip) {
  Agedge_t* edge = picture.dot.edge(from, to);
  picture.dot.set(edge, "tooltip", tooltip);
  const bool is_gone = is_removed(picture.context, arrow);
  if (arrow.is_zero || is_gone) {
    picture.dot.set(edge, "style", "dashed");
    picture.dot.set(
        edge, "color",
        hex(is_gone ? mark_fill(picture.colors, {Change::removed}) : picture.colors.faint));
  }
  if (!is_gone && is_aside(picture.context, arrow))
    picture.dot.set(edge, "color", hex(picture.colors.frame));
  if (arrow.edges > 1 || is_gone) picture.dot.set(edge, "penwidth", "2");
  return edge;
}

// The number stands in the line as a node of its own, because Graphviz leads other lines around
// nodes but across labels.
Agnode_t* add_number(Picture& picture, const Arrow& arrow, const std::string& text,
                     const std::string& tooltip) {
  Agnode_t* node = picture.dot.node(common_frame(picture, arrow), fmt::format("e{}", arrow.edge));
  picture.dot.set(node, "label", text);
  picture.dot.set(node, "tooltip", tooltip);
  picture.dot.set(node, "penwidth", "0");
  picture.dot.set(node, "fontsize", fmt::format("{:g}", kNumberPoints));
  const Extent extent = extent_of_number(text);
  picture.dot.set(node, "width", inches(extent.width));
  picture.dot.set(node, "height", inches(extent.height));
  if (arrow.is_zero || is_aside(picture.context, arrow))
    picture.dot.set(node, "fontcolor", hex(picture.colors.faint));
  return node;
}

// The next point of a trunk.
Agnode_t* add_branching(Picture& picture, Agnode_t* before, const Arrow& arrow) {
  Agnode_t* node = picture.dot.node(common_frame(picture, arrow), fmt::format("p{}", arrow.edge));
  picture.dot.set(node, "shape", "point");
  picture.dot.set(node, "width", "0.01");
  picture.dot.set(node, "height", "0.01");
  Agedge_t* edge = picture.dot.edge(before, node);
  picture.dot.set(edge, "arrowhead", "none");
  picture.dot.set(edge, "tooltip", "into several operations");
  return node;
}

// Where each arrow begins: at its box, or where that would take Graphviz long, at a point of a trunk.
std::vector<Agnode_t*> starts_of_arrows(Picture& picture) {
  const View& view = picture.context.view;
  std::vector<Agnode_t*> starts;
  for (const Arrow& arrow : view.arrows) starts.push_back(picture.nodes[arrow.from]);
  if (!passes_too_much(view)) return starts;
  for (const auto& [box, branches] : trunks_of(view)) {
    Agnode_t* point = picture.nodes[box];
    for (const std::vector<std::size_t>& arrows : branches) {
      point = add_branching(picture, point, view.arrows[arrows.front()]);
      for (const std::size_t arrow : arrows) starts[arrow] = point;
    }
  }
  return starts;
}

void add_arrow(Picture& picture, const Arrow& arrow, Agnode_t* from) {
  const std::string tooltip = escape_dot(clean(arrow_tooltip(picture.context, arrow)));
  const std::string text = arrow_text(picture.context, arrow);
  if (!text.empty()) {
    Agnode_t* number = add_number(picture, arrow, text, tooltip);
    picture.dot.set(add_line(picture, from, number, arrow, tooltip), "arrowhead", "none");
    from = number;
  }
  add_line(picture, from, picture.nodes[arrow.to], arrow, tooltip);
}

// Nothing flows along it and no rank follows it.
void add_adjoint(Picture& picture, const GraphAdjoint& adjoint) {
  Agedge_t* edge = picture.dot.edge(picture.nodes[adjoint.of], picture.nodes[adjoint.node]);
  const auto set = [&](const char* key, const char* value) { picture.dot.set(edge, key, value); };
  set("style", "dotted");
  set("arrowhead", "none");
  set("constraint", "false");
  set("tooltip", "its gradient");
}

// One fill, or two that fade into each other from bottom to top.
void add_legend_box(Picture& picture, Agraph_t* frame, const std::string& id,
                    const std::vector<std::string>& lines, const std::string& fill) {
  Agnode_t* node = picture.dot.node(frame, id);
  const Extent extent = extent_of(lines);
  picture.dot.set(node, "label", escape_dot(fmt::format("{}", fmt::join(lines, "\n"))));
  picture.dot.set(node, "style", "filled");
  picture.dot.set(node, "fillcolor", fill);
  picture.dot.set(node, "gradientangle", "90");
  picture.dot.set(node, "width", inches(extent.width));
  picture.dot.set(node, "height", inches(extent.height));
  picture.dot.set(node, "color", hex(picture.colors.frame));
}

// The half of a scale from its zero up or down: the deepest shade at one end, the neutral one at the
// other, a line of text for every second step.
void add_half_scale(Picture& picture, Agraph_t* frame, const std::string& id, const Legend& legend,
                    bool is_up) {
  const std::size_t steps = is_up ? legend.entries.size() - 1 - legend.zero : legend.zero;
  const auto entry = [&](std::size_t step) -> const Legend::Entry& {
    return legend.entries[is_up ? legend.zero + step : legend.zero - step];
  };
  std::vector<std::string> lines;
  for (std::size_t step = steps; step > 0; step -= std::min<std::size_t>(step, 2))
    lines.push_back(entry(step).text);
  std::string low = hex(entry(0).fill), high = hex(entry(steps).fill);
  if (!is_up) {
    std::ranges::reverse(lines);
    std::swap(low, high);
  }
  add_legend_box(picture, frame, id, lines, low + ":" + high);
}

void add_legend(Picture& picture, const Legend& legend) {
  const std::string id = fmt::format("legend_{}", picture.legends++);
  Agraph_t* frame = picture.dot.frame(picture.dot.root(), "cluster_" + id);
  picture.dot.set_table(frame, "label", title_table(legend.title));
  picture.dot.set(frame, "style", "rounded");
  if (legend.is_scale) {
    add_half_scale(picture, frame, id + "_up", legend, true);
    if (legend.zero > 0) add_half_scale(picture, frame, id + "_down", legend, false);
    return;
  }
  for (std::size_t i = 0; i < legend.entries.size(); ++i)
    add_legend_box(picture, frame, fmt::format("{}_{}", id, i), {legend.entries[i].text},
                   hex(legend.entries[i].fill));
}

}  // namespace

std::string to_dot(const Graph& graph, const View& view, const PictureOptions& options) {
  if (options.theme == Theme::automatic)
    throw DomainError(
        "[to_dot] theme: got automatic, need light, dark or print: DOT has colours of one kind");
  const LabelContext context = label_context(graph, view, options);
  DotGraph dot(view.boxes.size() + view.arrows.size());
  Picture picture{context, palette(options.theme), dot};
  const std::vector<Legend> keys = legends(context);
  const bool numbers = has_numbers(context);
  declare_graph(picture, numbers);
  declare_nodes_and_edges(picture, numbers, !keys.empty());
  if (const std::string text = heading(context); !text.empty()) {
    dot.set_table(dot.root(), "label", title_table(text));
  }
  add_lanes(picture);
  add_frames(picture);
  for (const Box& box : view.boxes) add_box(picture, box);
  const std::vector<Agnode_t*> starts = starts_of_arrows(picture);
  for (std::size_t i = 0; i < starts.size(); ++i) add_arrow(picture, view.arrows[i], starts[i]);
  for (const GraphAdjoint& adjoint : view.adjoints) add_adjoint(picture, adjoint);
  for (const Legend& legend : keys) add_legend(picture, legend);
  return dot.write();
}

std::string to_dot(const Graph& graph, const PictureOptions& options) {
  return to_dot(graph, make_view(graph, options.view), options);
}

}  // namespace nabla::viz
