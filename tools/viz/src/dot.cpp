// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>

#include <nabla/viz/dot.hpp>

#include "color.hpp"
#include "dot_graph.hpp"
#include "label.hpp"
#include "names.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

constexpr double kPointsPerInch = 72.0;

std::string inches(double ems) { return fmt::format("{:.3f}", ems * kFontPoints / kPointsPerInch); }

struct Picture {
  const LabelContext& context;
  const Palette& colors;
  DotGraph& dot;
  std::unordered_map<std::uint32_t, Agraph_t*> frames;
  std::vector<Agnode_t*> nodes;
};

// A number between two boxes has a rank of its own, which makes two gaps.
std::string rank_gap(const LabelContext& context) {
  const std::vector<Arrow>& arrows = context.view.arrows;
  const bool numbers = std::any_of(arrows.begin(), arrows.end(), [&](const Arrow& arrow) {
    return !arrow_text(context, arrow).empty();
  });
  return inches(numbers ? 2.2 : 4.5);
}

void declare_graph(const Picture& picture) {
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
  declare("ranksep", rank_gap(picture.context));
  declare("nodesep", "0.2");
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

void declare_nodes_and_edges(const Picture& picture) {
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
  for (const char* key : {"label", "id", "tooltip", "style", "fillcolor"}) node(key, "");
  node("width", "0.75");
  node("height", "0.5");
  node("penwidth", "1");
  node("peripheries", "1");
  node("gradientangle", "0");
  const auto edge = [&](const char* key, const std::string& value) {
    picture.dot.declare(AGEDGE, key, value);
  };
  edge("color", hex(picture.colors.line));
  edge("arrowhead", "normal");
  edge("arrowsize", "0.6");
  edge("tooltip", "");
  edge("style", "solid");
  edge("penwidth", "1");
}

void add_frames(Picture& picture) {
  const Graph& graph = picture.context.graph;
  picture.frames[0] = picture.dot.root();
  for (const auto& [scope, parent] : picture.context.view.frames) {
    Agraph_t* frame = picture.dot.frame(picture.frames[parent], fmt::format("cluster_{}", scope));
    DotGraph::set(frame, "label", escape_dot(clean_line(graph.scopes[scope].name, 60)));
    DotGraph::set(frame, "style", "rounded,filled");
    picture.frames[scope] = frame;
  }
}

std::string style_text(const BoxStyle& style) {
  if (style.is_dashed) return "rounded,dashed";
  const std::string dots = style.is_dotted ? ",dotted" : "";
  return (style.is_square ? "filled" : "rounded,filled") + dots;
}

void add_box(Picture& picture, const Box& box) {
  const Graph& graph = picture.context.graph;
  const std::vector<std::string> lines = box_lines(picture.context, box);
  const Extent extent = extent_of(lines);
  const BoxStyle style = box_style(graph, box);
  const char* letter = box.kind == Box::Kind::node ? "v" : "g";
  const std::string id = fmt::format("{}{}", letter, box.node);
  Agnode_t* node = picture.dot.node(picture.frames.at(box.scope), id);
  const Fill fill = box_fill(picture.context, box);
  const auto set = [&](const char* key, const std::string& value) {
    DotGraph::set(node, key, value);
  };
  set("label", escape_dot(fmt::format("{}", fmt::join(lines, "\n"))));
  set("id", id);
  set("tooltip", escape_dot(box_tooltip(picture.context, box)));
  set("style", style_text(style));
  set("fillcolor", hex(heat(picture.colors, fill.sign, fill.step)));
  set("width", inches(extent.width));
  set("height", inches(extent.height));
  set("penwidth", fmt::format("{:g}", style.border));
  if (style.is_alarming) set("color", hex(picture.colors.alarm));
  if (style.is_double) set("peripheries", "2");
  picture.nodes.push_back(node);
}

// The innermost frame around both boxes.
Agraph_t* common_frame(const Picture& picture, const Arrow& arrow) {
  const View& view = picture.context.view;
  std::uint32_t a = view.boxes[arrow.from].scope, b = view.boxes[arrow.to].scope;
  const std::vector<GraphScope>& scopes = picture.context.graph.scopes;
  while (a != b || !picture.frames.contains(a)) {
    std::uint32_t& inner = a > b ? a : b;  // a parent has a smaller number
    inner = scopes[inner].parent;
  }
  return picture.frames.at(a);
}

Agedge_t* add_line(Picture& picture, Agnode_t* from, Agnode_t* to, const Arrow& arrow,
                   const std::string& tooltip) {
  Agedge_t* edge = picture.dot.edge(from, to);
  DotGraph::set(edge, "tooltip", tooltip);
  if (arrow.is_zero) {
    DotGraph::set(edge, "style", "dashed");
    DotGraph::set(edge, "color", hex(picture.colors.faint));
  }
  if (arrow.edges > 1) DotGraph::set(edge, "penwidth", "2");
  return edge;
}

// The number stands in the line as a node of its own, because Graphviz leads other lines around
// nodes but across labels.
Agnode_t* add_number(Picture& picture, const Arrow& arrow, const std::string& text,
                     const std::string& tooltip) {
  Agnode_t* node = picture.dot.node(common_frame(picture, arrow), fmt::format("e{}", arrow.edge));
  DotGraph::set(node, "label", text);
  DotGraph::set(node, "tooltip", tooltip);
  DotGraph::set(node, "penwidth", "0");
  DotGraph::set(node, "fontsize", fmt::format("{:g}", kNumberPoints));
  const Extent extent = extent_of_number(text);
  DotGraph::set(node, "width", inches(extent.width));
  DotGraph::set(node, "height", inches(extent.height));
  if (arrow.is_zero) DotGraph::set(node, "fontcolor", hex(picture.colors.faint));
  return node;
}

void add_arrow(Picture& picture, const Arrow& arrow) {
  const std::string tooltip = escape_dot(clean(arrow_tooltip(picture.context, arrow)));
  const std::string text = arrow_text(picture.context, arrow);
  Agnode_t* from = picture.nodes[arrow.from];
  if (!text.empty()) {
    Agnode_t* number = add_number(picture, arrow, text, tooltip);
    DotGraph::set(add_line(picture, from, number, arrow, tooltip), "arrowhead", "none");
    from = number;
  }
  add_line(picture, from, picture.nodes[arrow.to], arrow, tooltip);
}

// The deepest shade at one end, white at the other, a line of text for every second decade.
void add_legend_box(Picture& picture, Agraph_t* frame, Sign sign, const std::string& prefix) {
  const bool upward = sign == Sign::negative;
  std::vector<std::string> lines;
  for (const int decade : {2, 0, -2, -4, -6})
    lines.push_back(fmt::format("{}1e{}", prefix, decade));
  std::string deep = hex(heat(picture.colors, sign, kShades));
  std::string white = hex(picture.colors.neutral);
  if (upward) {
    std::reverse(lines.begin(), lines.end());
    std::swap(deep, white);
  }
  Agnode_t* node = picture.dot.node(frame, fmt::format("legend_{}", static_cast<int>(sign)));
  DotGraph::set(node, "label", fmt::format("{}", fmt::join(lines, "\n")));
  DotGraph::set(node, "style", "filled");
  DotGraph::set(node, "fillcolor", white + ":" + deep);
  DotGraph::set(node, "gradientangle", "90");
  DotGraph::set(node, "width", inches(7 * kCellEm));
  DotGraph::set(node, "height", inches(static_cast<double>(lines.size()) * kLineEm + kMarginEm));
  DotGraph::set(node, "color", hex(picture.colors.frame));
}

Agraph_t* add_legend_frame(Picture& picture, const std::string& id, const std::string& name) {
  Agraph_t* frame = picture.dot.frame(picture.dot.root(), "cluster_legend_" + id);
  DotGraph::set(frame, "label", name);
  DotGraph::set(frame, "style", "rounded");
  return frame;
}

void add_legends(Picture& picture) {
  bool scalars = false, tensors = false;
  for (const Box& box : picture.context.view.boxes) {
    if (box.kind != Box::Kind::node || !box.has_gradient) continue;
    (picture.context.graph.nodes[box.node].is_scalar ? scalars : tensors) = true;
  }
  if (scalars) {
    Agraph_t* frame = add_legend_frame(picture, "scalars", "grad");
    add_legend_box(picture, frame, Sign::positive, "+");
    add_legend_box(picture, frame, Sign::negative, "-");
  }
  if (tensors) {
    add_legend_box(picture, add_legend_frame(picture, "tensors", "|grad|"), Sign::none, "");
  }
}

}  // namespace

std::string to_dot(const Graph& graph, const View& view, const PictureOptions& options) {
  const LabelContext context = label_context(graph, view, options);
  DotGraph dot;
  Picture picture{context, palette(options.theme), dot, {}, {}};
  declare_graph(picture);
  declare_nodes_and_edges(picture);
  if (const std::string text = heading(view, options); !text.empty()) {
    DotGraph::set(dot.root(), "label", escape_dot(text));
  }
  add_frames(picture);
  for (const Box& box : view.boxes) add_box(picture, box);
  for (const Arrow& arrow : view.arrows) add_arrow(picture, arrow);
  if (options.legend && options.heat_map && options.values) add_legends(picture);
  return dot.write();
}

std::string to_dot(const Graph& graph, const PictureOptions& options) {
  return to_dot(graph, make_view(graph, options.view), options);
}

}  // namespace nabla::viz
