// SPDX-License-Identifier: MIT
#include "label.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "names.hpp"
#include "text.hpp"

namespace nabla::viz::detail {
namespace {

constexpr std::size_t kTitleCells = 30;
constexpr std::string_view kTimes = "\xC3\x97";
constexpr std::string_view kPlusMinus = "\xC2\xB1";
constexpr std::string_view kDash = "\xE2\x80\x93";
constexpr std::string_view kDot = " \xC2\xB7 ";

std::span<const GraphEdge> operands(const LabelContext& context, std::uint32_t node) {
  const std::size_t first = context.offsets[node];
  return std::span(context.graph.edges).subspan(first, context.offsets[node + 1] - first);
}

// "tanh", or "_ * 2" where a constant is folded in: the blank is where the arrow comes in.
std::string op_text(const LabelContext& context, std::uint32_t index) {
  const GraphNode& node = context.graph.nodes[index];
  std::vector<std::string> arguments;
  bool has_number = false;
  for (const GraphEdge& edge : operands(context, index)) {
    const bool folded =
        context.options.view.fold_constants && is_plain_number(context.graph.nodes[edge.from]);
    has_number = has_number || folded;
    arguments.push_back(folded ? context.names[edge.from] : "_");
  }
  if (has_number && context.options.values && arguments.size() <= kLabelOperands) {
    return applied(node, arguments);
  }
  if (is_element(node)) return clean_line(node.op + " " + node.symbol, kTitleCells);
  return clean_line(node.symbol.empty() ? node.op : node.symbol, kTitleCells);
}

std::string title(const LabelContext& context, const Box& box) {
  const GraphNode& node = context.graph.nodes[box.node];
  // The frames around the box say which of several "weight" this is.
  const std::string name =
      clean_line(node.name.empty() ? context.names[box.node] : node.name, kTitleCells);
  if (node.op.empty()) return name;
  const std::string op = op_text(context, box.node);
  const bool named = !node.name.empty() || box.node == context.graph.root;
  if (!named && !context.show_temporaries) return clean_line(op, kTitleCells);
  return name + std::string(kDot) + clean_line(op, kTitleCells);
}

void add_scalar_lines(const GraphNode& node, std::vector<std::string>& lines) {
  if (node.role != Role::constant || !node.name.empty()) {
    lines.push_back("value " + number(node.value));
  }
  if (node.has_gradient) {
    lines.push_back("grad  " + signed_number(node.gradient));
  } else if (node.role != Role::constant) {
    lines.push_back(fmt::format("grad  {}", kDash));
  }
}

void add_tensor_lines(const GraphNode& node, bool values, std::vector<std::string>& lines) {
  lines.push_back(shape_text(node.shape) + " " + node.dtype);
  if (!values) return;
  const Stats& stats = node.value_stats;
  if (stats.count == 0) {
    lines.emplace_back("empty");
    return;
  }
  if (stats.count == 1) {
    lines.push_back("value " + number(node.value));
  } else {
    if (has_finite(stats)) {
      lines.push_back(fmt::format("mean  {} {} {}", number(stats.mean, 4), kPlusMinus,
                                  number(stats.deviation, 4)));
    }
    if (const std::string bad = bad_elements(stats); !bad.empty()) lines.push_back("value " + bad);
  }
  if (node.has_gradient) {
    if (has_finite(node.gradient_stats))
      lines.push_back("|grad| " + number(node.gradient_stats.norm));
    if (const std::string bad = bad_elements(node.gradient_stats); !bad.empty())
      lines.push_back("grad  " + bad);
  } else if (node.requires_grad) {
    lines.push_back(fmt::format("|grad| {}", kDash));
  }
}

std::vector<std::string> group_lines(const LabelContext& context, const Box& box) {
  std::string head = clean_line(box.title, kTitleCells);
  if (box.repeat > 1) head += fmt::format(" {} {}", kTimes, box.repeat);
  std::vector<std::string> lines{head};
  if (box.kind == Box::Kind::hidden) {
    lines = {fmt::format("{} more node{}", box.nodes, box.nodes == 1 ? "" : "s")};
  } else if (box.nodes != box.repeat) {
    lines.push_back(fmt::format("{} nodes", box.nodes));
    if (box.parameters > 0) lines.push_back(fmt::format("{} parameters", box.parameters));
  }
  if (context.options.values && box.has_gradient) {
    lines.push_back(fmt::format("median |grad| {}", number(box.median_gradient, 3)));
    lines.push_back(fmt::format("max    |grad| {}", number(box.max_gradient, 3)));
  }
  if (context.options.values && box.flagged > 0)
    lines.push_back(fmt::format("{} flagged", box.flagged));
  return lines;
}

std::string sign_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::exploding:
      return "\xE2\x96\xB2 ";  // a triangle up
    case Trouble::vanished:
      return "\xE2\x96\xBD ";  // an empty one down
    case Trouble::dead:
      return "\xE2\x9C\x95 ";  // a cross
    case Trouble::saturated:
      return "\xE2\x89\xA1 ";  // three level lines
    default:
      return "\xE2\x97\x8B ";  // an empty circle
  }
}

std::string remark_of(const LabelContext& context, const Box& box) {
  if (box.kind != Box::Kind::node) return "remark inside";
  return clean_line(context.graph.nodes[box.node].remark, 40);
}

}  // namespace

LabelContext label_context(const Graph& graph, const View& view, const PictureOptions& options) {
  LabelContext context{graph,
                       view,
                       options,
                       display_names(graph),
                       operand_offsets(graph),
                       view.arrows.size() <= options.max_edge_labels};
  context.troubles.resize(graph.nodes.size());
  if (!options.values) return context;
  for (const Finding& finding : view.findings) {
    std::string& text = context.troubles[finding.node];
    if (finding.trouble == Trouble::non_finite) continue;  // boxes say so of groups, too
    text += (text.empty() ? "" : " ") + sign_of(finding.trouble) + name_of(finding.trouble);
  }
  return context;
}

std::vector<std::string> box_lines(const LabelContext& context, const Box& box) {
  std::vector<std::string> lines;
  if (box.kind != Box::Kind::node) {
    lines = group_lines(context, box);
  } else {
    const GraphNode& node = context.graph.nodes[box.node];
    lines.push_back(title(context, box));
    if (!node.is_scalar) {
      add_tensor_lines(node, context.options.values, lines);
    } else if (context.options.values) {
      add_scalar_lines(node, lines);
    }
  }
  if (box.non_finite) lines.push_back("NaN or inf!");
  if (box.kind == Box::Kind::node && !context.troubles[box.node].empty())
    lines.push_back(context.troubles[box.node]);
  if (box.has_remark) lines.push_back("! " + remark_of(context, box));
  // Numbers stand below each other although Graphviz centres every line.
  std::size_t width = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) width = std::max(width, cells(lines[i]));
  for (std::size_t i = 1; i < lines.size(); ++i) lines[i] = pad(std::move(lines[i]), width);
  return lines;
}

std::string box_tooltip(const LabelContext& context, const Box& box) {
  if (box.kind != Box::Kind::node) return fmt::format("{} nodes", box.nodes);
  const GraphNode& node = context.graph.nodes[box.node];
  const std::string& name = context.names[box.node];
  if (node.op.empty()) return name;
  std::vector<std::string> arguments;
  for (const GraphEdge& edge : operands(context, box.node)) {
    arguments.push_back(context.names[edge.from]);
  }
  std::string text = name + " = " + applied(node, arguments);
  if (!node.formula.empty()) text += "\n" + clean_line(node.formula);
  if (!node.gradient_rule.empty()) text += "\n" + clean_line(node.gradient_rule);
  if (!node.remark.empty()) text += "\n! " + clean_line(node.remark);
  return clean(text);
}

std::string arrow_tooltip(const LabelContext& context, const Arrow& arrow) {
  if (arrow.edges > 1) return fmt::format("{} edges", arrow.edges);
  const GraphEdge& edge = context.graph.edges[arrow.edge];
  const GraphNode &from = context.graph.nodes[edge.from], &to = context.graph.nodes[edge.to];
  const std::string &root = context.names[context.graph.root], &x = context.names[edge.from],
                    &y = context.names[edge.to];
  if (!edge.has_contribution) return fmt::format("{} into {}", x, y);
  std::string text = derivative(root, x) + " += ";
  if (!from.is_scalar || !to.is_scalar) {
    text += fmt::format("{} through {}", derivative(root, y), op_text(context, edge.to));
    if (!context.options.values) return text;
    const bool one = from.is_scalar || from.value_stats.count == 1;
    return text + fmt::format("\n{} {}", one ? "=" : "norm", number(edge.contribution));
  }
  text += derivative(root, y) + " * " + derivative(y, x);
  if (!context.options.values) return text;
  return text + fmt::format("\n= {} * {} = {}", number(to.gradient), number(edge.local),
                            number(edge.contribution));
}

Fill box_fill(const LabelContext& context, const Box& box) {
  if (!context.options.heat_map || box.kind != Box::Kind::node) return {};
  const GraphNode& node = context.graph.nodes[box.node];
  if (!node.has_gradient) return {};
  if (!node.is_scalar) return {Sign::none, shade(node.gradient_stats.norm)};
  return {node.gradient < 0.0 ? Sign::negative : Sign::positive, shade(node.gradient)};
}

BoxStyle box_style(const Graph& graph, const Box& box) {
  const bool is_node = box.kind == Box::Kind::node;
  const bool is_parameter = is_node && graph.nodes[box.node].role == Role::parameter;
  const bool is_group = box.kind == Box::Kind::group;
  BoxStyle style{.is_square = is_node && graph.nodes[box.node].op.empty(),
                 .is_dashed = box.kind == Box::Kind::hidden,
                 .is_dotted = is_node && box.flagged > 0 && !box.non_finite,
                 .is_double = is_group || (is_node && box.node == graph.root),
                 .is_alarming = box.non_finite || box.has_remark,
                 .border = is_group       ? 1.5
                           : is_parameter ? 2.5
                                          : 1.0};
  if (style.is_alarming) style.is_double = true, style.border = 3.0;
  return style;
}

std::string arrow_text(const LabelContext& context, const Arrow& arrow) {
  const GraphEdge& edge = context.graph.edges[arrow.edge];
  const bool scalars =
      context.graph.nodes[edge.from].is_scalar && context.graph.nodes[edge.to].is_scalar;
  const bool shown = context.show_temporaries && context.options.values && arrow.edges == 1;
  if (!shown || !scalars || !edge.has_contribution) return {};
  return std::string(kTimes) + number(edge.local, 4);
}

std::string heading(const View& view, const PictureOptions& options) {
  std::string text = clean(options.title);
  if (view.shown_nodes == view.total_nodes) return text;
  if (!text.empty()) text += "\n";
  return text + fmt::format("showing {} of {} nodes", view.shown_nodes, view.total_nodes);
}

Extent extent_of(const std::vector<std::string>& lines) {
  std::size_t width = 0;
  for (const std::string& line : lines) width = std::max(width, cells(line));
  return {static_cast<double>(width) * kCellEm + 2 * kMarginEm,
          static_cast<double>(lines.size()) * kLineEm + kMarginEm};
}

Extent extent_of_number(const std::string& text) {
  constexpr double kEm = kNumberPoints / kFontPoints;
  return {(static_cast<double>(cells(text)) + 0.8) * kCellEm * kEm, kLineEm * kEm};
}

}  // namespace nabla::viz::detail
