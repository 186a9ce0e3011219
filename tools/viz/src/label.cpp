// SPDX-License-Identifier: MIT
#include "label.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include "names.hpp"
#include "text.hpp"

namespace nabla::viz::detail {
namespace {

constexpr std::size_t kTitleCells = 30;
constexpr std::size_t kRuleCells = 40;
constexpr std::size_t kFrameCells = 60;
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
  if (is_element(node)) return clean_line(node.op->name + " " + node.op->symbol, kTitleCells);
  return clean_line(node.op->symbol.empty() ? node.op->name : node.op->symbol, kTitleCells);
}

// The name of a node in a formula; a plain number is its own, if numbers are shown.
std::string name_in_formula(const LabelContext& context, std::uint32_t index) {
  const bool is_number = is_plain_number(context.graph.nodes[index]);
  return is_number && !context.options.values ? "_" : context.names[index];
}

std::string title(const LabelContext& context, const Box& box) {
  const GraphNode& node = context.graph.nodes[box.node];
  // The frames around the box say which of several "weight" this is.
  const std::string name =
      clean_line(node.name.empty() ? name_in_formula(context, box.node) : *node.name, kTitleCells);
  if (node.op.empty()) return name;
  const std::string op = op_text(context, box.node);
  const bool named = !node.name.empty() || box.node == context.graph.root;
  if (!named && !context.show_temporaries) return clean_line(op, kTitleCells);
  return name + std::string(kDot) + clean_line(op, kTitleCells);
}

// Digits of numbers that have less room.
int few(const PictureOptions& options) { return std::max(options.precision - 2, 1); }

void add_scalar_lines(const GraphNode& node, const PictureOptions& options,
                      std::vector<std::string>& lines) {
  if (node.role != Role::constant || !node.name.empty()) {
    lines.push_back("value " + number(node.value, options.precision));
  }
  if (node.has_gradient) {
    lines.push_back("grad  " + signed_number(node.gradient, options.precision));
  } else if (node.role != Role::constant) {
    lines.push_back(fmt::format("grad  {}", kDash));
  }
}

std::string type_text(const GraphNode& node) {
  const std::string dtype = clean_line(node.dtype, kTitleCells);
  return node.is_scalar ? dtype : shape_text(node.tensor->shape) + " " + dtype;
}

void add_tensor_lines(const GraphNode& node, const PictureOptions& options,
                      std::vector<std::string>& lines) {
  lines.push_back(type_text(node));
  if (!options.values) return;
  const Stats& stats = node.tensor->value;
  if (stats.count == 0) {
    lines.emplace_back("empty");
    return;
  }
  if (stats.count == 1) {
    lines.push_back("value " + number(node.value, options.precision));
  } else {
    if (has_finite(stats)) {
      lines.push_back(fmt::format("mean  {} {} {}", number(stats.mean, few(options)), kPlusMinus,
                                  number(stats.deviation, few(options))));
    }
    if (const std::string bad = bad_elements(stats); !bad.empty()) lines.push_back("value " + bad);
  }
  if (node.has_gradient) {
    if (has_finite(node.tensor->gradient))
      lines.push_back("|grad| " + number(node.tensor->gradient.norm, options.precision));
    if (const std::string bad = bad_elements(node.tensor->gradient); !bad.empty())
      lines.push_back("grad  " + bad);
  } else if (node.requires_grad) {
    lines.push_back(fmt::format("|grad| {}", kDash));
  }
}

void add_cost_lines(const Box& box, std::vector<std::string>& lines) {
  if (box.bytes > 0.0) lines.push_back("memory " + bytes_text(box.bytes));
  if (box.saved_bytes > 0.0) lines.push_back("kept   " + bytes_text(box.saved_bytes));
  if (box.seconds > 0.0) lines.push_back("time   " + seconds_text(box.seconds));
}

bool shows_cost(const PictureOptions& options) {
  return options.labels == Labels::full || options.color == ColorBy::bytes ||
         options.color == ColorBy::time;
}

// What else Labels::full adds.
void add_details(const GraphNode& node, const PictureOptions& options,
                 std::vector<std::string>& lines) {
  const Stats& stats = node.tensor->value;
  if (node.is_scalar && !node.dtype.empty()) lines.push_back(type_text(node));
  if (options.values && stats.count > 1 && has_finite(stats))
    lines.push_back(fmt::format("range {} .. {}", number(stats.min, few(options)),
                                number(stats.max, few(options))));
  if (options.values && stats.zeros > 0)
    lines.push_back(fmt::format("zeros {} of {}", stats.zeros, stats.count));
  for (const std::string& rule : {node.op->formula, node.op->gradient_rule})
    if (!rule.empty()) lines.push_back(clean_line(rule, kRuleCells));
}

// What the fill of a box says in numbers.
struct Amount {
  Sign sign = Sign::none;
  int step = 0;
};

Amount amount_of(const LabelContext& context, const Box& box) {
  const PictureOptions& options = context.options;
  if (options.color == ColorBy::bytes) return {Sign::none, size_step(box.bytes)};
  if (options.color == ColorBy::time) return {Sign::none, size_step(kSizeOfSecond * box.seconds)};
  if (box.kind != Box::Kind::node) {
    const bool is_told = options.color == ColorBy::gradient && options.values && box.has_gradient;
    return is_told ? Amount{Sign::none, shade(box.max_gradient)} : Amount{};
  }
  const GraphNode& node = context.graph.nodes[box.node];
  const auto signed_amount = [](double x) {
    return Amount{x < 0.0 ? Sign::negative : Sign::positive, shade(x)};
  };
  if (options.color == ColorBy::gradient && options.values && node.has_gradient)
    return node.is_scalar ? signed_amount(node.gradient)
                          : Amount{Sign::none, shade(node.tensor->gradient.norm)};
  if (options.color == ColorBy::value && options.values)
    return node.is_scalar ? signed_amount(node.value)
                          : Amount{Sign::none, shade(node.tensor->value.norm)};
  return {};
}

std::vector<std::string> node_lines(const LabelContext& context, const Box& box) {
  const GraphNode& node = context.graph.nodes[box.node];
  const PictureOptions& options = context.options;
  std::vector<std::string> lines{title(context, box)};
  if (options.labels == Labels::minimal) {
    const Amount amount = amount_of(context, box);
    if (amount.step > 0 && amount.sign != Sign::none)
      lines[0] += amount.sign == Sign::negative ? " (-)" : " (+)";
  } else if (!node.is_scalar) {
    add_tensor_lines(node, options, lines);
  } else if (options.values) {
    add_scalar_lines(node, options, lines);
  }
  if (shows_cost(options)) add_cost_lines(box, lines);
  if (options.labels == Labels::full) add_details(node, options, lines);
  return lines;
}

constexpr std::size_t kMostBars = 48;

bool has_bars(const LabelContext& context, const Box& box) {
  return box.repeat > 1 && box.has_gradient && context.options.values &&
         context.options.labels != Labels::minimal;
}

// A bar for each of equal siblings: full for the greatest, a step less for each half of a decade below
// it, a dot where that is no step any more; an exclamation mark is not finite. Where there are many, a
// bar is the least of several neighbours, as gradients that vanish are what one looks for.
std::string bars(const std::vector<double>& siblings) {
  static constexpr std::array<std::string_view, 9> kBars{
      "\xC2\xB7",     "\xE2\x96\x81", "\xE2\x96\x82", "\xE2\x96\x83", "\xE2\x96\x84",
      "\xE2\x96\x85", "\xE2\x96\x86", "\xE2\x96\x87", "\xE2\x96\x88"};
  constexpr double kHalfDecade = 3.1622776601683795;
  double greatest = 0.0;
  for (const double x : siblings) greatest = std::isinf(x) ? greatest : std::max(greatest, x);
  const std::size_t count = std::min(siblings.size(), kMostBars);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = siblings.begin() + static_cast<std::ptrdiff_t>(i * siblings.size() / count);
    const auto end =
        siblings.begin() + static_cast<std::ptrdiff_t>((i + 1) * siblings.size() / count);
    const double least = *std::min_element(begin, end);
    std::size_t step = least > 0.0 ? kBars.size() - 1 : 0;
    for (double full = greatest / kHalfDecade; step > 0 && least < full; full /= kHalfDecade)
      --step;
    if (std::any_of(begin, end, [](double x) { return std::isinf(x); }))
      text += '!';
    else
      text += least < 0.0 ? " " : kBars[step];
  }
  return text;
}

std::string group_title(const Box& box) {
  if (box.kind == Box::Kind::hidden)
    return fmt::format("{} more node{}", box.nodes, box.nodes == 1 ? "" : "s");
  const std::string title = clean_line(box.title, kTitleCells);
  return box.repeat > 1 ? title + fmt::format(" {} {}", kTimes, box.repeat) : title;
}

std::vector<std::string> group_lines(const LabelContext& context, const Box& box) {
  const PictureOptions& options = context.options;
  const bool is_minimal = options.labels == Labels::minimal;
  std::vector<std::string> lines{group_title(box)};
  if (box.kind == Box::Kind::hidden) lines.push_back(clean_line(box.title, kTitleCells));
  if (!is_minimal && box.kind == Box::Kind::group && box.nodes != box.repeat) {
    lines.push_back(fmt::format("{} nodes", box.nodes));
    if (box.parameters > 0) lines.push_back(fmt::format("{} parameters", box.parameters));
  }
  if (!is_minimal && options.values && box.has_gradient) {
    const int digits = std::max(options.precision - 3, 1);
    if (box.repeat > 1)
      lines.push_back(fmt::format("min    |grad| {}", number(box.min_gradient, digits)));
    lines.push_back(fmt::format("median |grad| {}", number(box.median_gradient, digits)));
    lines.push_back(fmt::format("max    |grad| {}", number(box.max_gradient, digits)));
    if (has_bars(context, box)) lines.insert(lines.end(), {"", bars(box.siblings)});
  }
  if (shows_cost(options)) add_cost_lines(box, lines);
  if (options.values && box.flagged > 0) lines.push_back(fmt::format("{} flagged", box.flagged));
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

// The ops that most boxes have, and of those with as many the one that comes first.
std::vector<std::string> commonest_ops(const Graph& graph, const View& view) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  std::unordered_map<std::string_view, std::size_t> place_of;
  for (const Box& box : view.boxes) {
    if (box.kind != Box::Kind::node || graph.nodes[box.node].op.empty()) continue;
    const std::string& op = graph.nodes[box.node].op->name;
    const auto [place, is_new] = place_of.try_emplace(op, counts.size());
    if (is_new) counts.emplace_back(op, 0);
    ++counts[place->second].second;
  }
  std::ranges::stable_sort(counts, std::ranges::greater{},
                           [](const auto& entry) { return entry.second; });
  counts.resize(std::min(counts.size(), kOpColors));
  std::vector<std::string> ops;
  for (const auto& [op, uses] : counts) ops.push_back(op);
  return ops;
}

// "t3 = tanh(t2)", or a name alone of what was not computed.
std::string as_computed(const LabelContext& context, std::uint32_t index) {
  const GraphNode& node = context.graph.nodes[index];
  if (node.op.empty()) return name_in_formula(context, index);
  std::vector<std::string> arguments;
  for (const GraphEdge& edge : operands(context, index))
    arguments.push_back(name_in_formula(context, edge.from));
  return context.names[index] + " = " + applied(node, arguments);
}

std::string remark_of(const LabelContext& context, const Box& box) {
  if (box.kind != Box::Kind::node) return "remark inside";
  return clean_line(context.graph.nodes[box.node].notes->remark, 40);
}

// |grad| of the boxes in each frame and in those inside it.
std::map<std::uint32_t, LabelContext::Range> gradients_in_frames(const LabelContext& context) {
  std::map<std::uint32_t, LabelContext::Range> ranges;
  for (const Box& box : context.view.boxes) {
    if (!box.has_gradient) continue;
    for (std::uint32_t scope = box.scope; scope != 0; scope = context.graph.scopes[scope].parent) {
      LabelContext::Range& range =
          ranges.try_emplace(scope, LabelContext::Range{box.min_gradient, box.max_gradient})
              .first->second;
      range = {std::min(range.least, box.min_gradient), std::max(range.greatest, box.max_gradient)};
    }
  }
  return ranges;
}

std::string_view glyph_of(Change change) {
  static constexpr std::array<std::string_view, 4> glyphs{"", "+ ", "\xE2\x88\x92 ", "~ "};
  return glyphs[static_cast<std::size_t>(change)];
}

}  // namespace

void require_marks(const Graph& graph, const PictureOptions& options) {
  if (!options.marks.empty() && options.marks.size() != graph.nodes.size())
    throw ShapeError(fmt::format("[picture] marks: got {}, need one for each of {} nodes or none",
                                 options.marks.size(), graph.nodes.size()));
}

LabelContext label_context(const Graph& graph, const View& view, const PictureOptions& options) {
  if (options.precision < 1 || options.precision > 17)
    throw DomainError(
        fmt::format("[picture] precision: got {}, need 1 to 17 digits", options.precision));
  for (const double size :
       {options.max_width_inches, options.max_height_inches, options.dots_per_inch})
    if (!(size >= 0.0 && std::isfinite(size)))
      throw DomainError(fmt::format("[picture] size: got {:g}, need a finite number from 0", size));
  require_marks(graph, options);
  LabelContext context{graph,
                       view,
                       options,
                       display_names(graph),
                       operand_offsets(graph),
                       view.arrows.size() <= options.max_edge_labels};
  if (options.color == ColorBy::op) context.colored_ops = commonest_ops(graph, view);
  context.troubles.resize(graph.nodes.size());
  if (!options.values) return context;
  if (context.show_temporaries && options.labels != Labels::minimal)
    context.gradients = gradients_in_frames(context);
  for (const Finding& finding : view.findings) {
    std::string& text = context.troubles[finding.node];
    if (finding.trouble == Trouble::non_finite) continue;  // boxes say so of groups, too
    if (is_of_removed(finding, options)) continue;
    text += (text.empty() ? "" : " ") + sign_of(finding.trouble) + name_of(finding.trouble);
  }
  return context;
}

bool is_of_removed(const Finding& finding, const PictureOptions& options) {
  const bool is_loose = finding.trouble == Trouble::unused || finding.trouble == Trouble::detached;
  return is_loose && !options.marks.empty() &&
         options.marks[finding.node].change == Change::removed;
}

std::vector<std::string> box_lines(const LabelContext& context, const Box& box) {
  std::vector<std::string> lines =
      box.kind == Box::Kind::node ? node_lines(context, box) : group_lines(context, box);
  if (box.kind == Box::Kind::node && !context.options.marks.empty())
    lines[0].insert(0, glyph_of(context.options.marks[box.node].change));
  if (box.non_finite && context.options.values)
    lines.push_back(box.is_origin ? "NaN or inf begins here!" : "NaN or inf");
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
  std::vector<std::string> lines;
  if (box.kind == Box::Kind::node) {
    const GraphNode& node = context.graph.nodes[box.node];
    lines.push_back(as_computed(context, box.node));
    for (const std::string& rule : {node.op->formula, node.op->gradient_rule})
      if (!rule.empty()) lines.push_back(clean_line(rule));
    if (std::string of = gradient_of(context.graph, box.node, context.names); !of.empty())
      lines.push_back(std::move(of));
    if (!node.notes->remark.empty()) lines.push_back("! " + clean_line(node.notes->remark));
  } else {
    lines.push_back(fmt::format("{} nodes", box.nodes));
  }
  add_cost_lines(box, lines);
  return clean(fmt::format("{}", fmt::join(lines, "\n")));
}

std::string arrow_tooltip(const LabelContext& context, const Arrow& arrow) {
  if (arrow.edges > 1) return fmt::format("{} edges", arrow.edges);
  const GraphEdge& edge = context.graph.edges[arrow.edge];
  const GraphNode &from = context.graph.nodes[edge.from], &to = context.graph.nodes[edge.to];
  const std::string root = name_in_formula(context, context.graph.root),
                    x = name_in_formula(context, edge.from), y = name_in_formula(context, edge.to);
  if (!edge.has_contribution) return fmt::format("{} into {}", x, y);
  std::string text = derivative(root, x) + " += ";
  if (!from.is_scalar || !to.is_scalar) {
    text += fmt::format("{} through {}", derivative(root, y), op_text(context, edge.to));
    const bool one = from.is_scalar || from.tensor->value.count == 1;
    if (context.options.values)
      text += fmt::format("\n{} {}", one ? "=" : "norm",
                          number(edge.contribution, context.options.precision));
    return text + (edge.is_saved ? "\nthe sweep reads its elements" : "");
  }
  text += derivative(root, y) + " * " + derivative(y, x);
  if (!context.options.values) return text;
  const auto add = [&](const char* sign, double amount) {
    text.append(sign).append(number(amount, context.options.precision));
  };
  add("\n= ", to.gradient);
  add(" * ", edge.local);
  add(" = ", edge.contribution);
  return text;
}

int mark_step(const Mark& mark) { return std::max(shade(mark.relative), 1); }

bool is_removed(const LabelContext& context, const Arrow& arrow) {
  const auto is_gone = [&](std::uint32_t end) {
    const Box& box = context.view.boxes[end];
    return box.kind == Box::Kind::node && context.options.marks[box.node].change == Change::removed;
  };
  return !context.options.marks.empty() && (is_gone(arrow.from) || is_gone(arrow.to));
}

Rgb mark_fill(const Palette& colors, const Mark& mark) {
  if (mark.change == Change::added) return op_color(colors, kGreen);
  if (mark.change == Change::removed) return op_color(colors, kMagenta);
  if (mark.change == Change::same) return colors.frame_fill;
  return heat(colors, Sign::positive, mark_step(mark));
}

Rgb box_fill(const LabelContext& context, const Box& box) {
  const Palette& colors = palette(context.options.theme);
  if (!context.options.marks.empty()) {
    if (box.kind != Box::Kind::node) return colors.neutral;
    return mark_fill(colors, context.options.marks[box.node]);
  }
  if (box.is_origin && context.options.values) return colors.alarm_fill;
  if (box.is_aside || box.non_finite) return colors.neutral;
  if (context.options.color != ColorBy::op) {
    const Amount amount = amount_of(context, box);
    return heat(colors, amount.sign, amount.step);
  }
  if (box.kind != Box::Kind::node) return colors.neutral;
  const std::vector<std::string>& ops = context.colored_ops;
  const auto found = std::ranges::find(ops, context.graph.nodes[box.node].op->name);
  if (found == ops.end()) return colors.neutral;
  return op_color(colors, static_cast<std::size_t>(found - ops.begin()));
}

BoxStyle box_style(const LabelContext& context, const Box& box) {
  const Graph& graph = context.graph;
  const bool is_compared = !context.options.marks.empty();
  const bool is_node = box.kind == Box::Kind::node;
  const bool is_parameter = is_node && graph.nodes[box.node].role == Role::parameter;
  const bool is_group = box.kind == Box::Kind::group;
  BoxStyle style{.is_square = is_node && graph.nodes[box.node].op.empty(),
                 .is_dashed = box.kind == Box::Kind::hidden,
                 .is_dotted = is_node && box.flagged > 0 && !box.non_finite,
                 .is_double = is_group || (is_node && box.node == graph.root),
                 .is_alarming = box.non_finite || box.has_remark,
                 .is_hatched = box.non_finite && !is_compared,
                 .is_aside = box.is_aside && !is_compared,
                 .border = is_group       ? 1.5
                           : is_parameter ? 2.5
                                          : 1.0};
  if (box.is_origin || box.has_remark) style.is_double = true, style.border = 3.0;
  return style;
}

bool is_aside(const LabelContext& context, const Arrow& arrow) {
  const std::vector<Box>& boxes = context.view.boxes;
  return context.options.marks.empty() && (boxes[arrow.from].is_aside || boxes[arrow.to].is_aside);
}

std::string arrow_text(const LabelContext& context, const Arrow& arrow) {
  const PictureOptions& options = context.options;
  const GraphEdge& edge = context.graph.edges[arrow.edge];
  const GraphNode &from = context.graph.nodes[edge.from], &to = context.graph.nodes[edge.to];
  const bool shown = context.show_temporaries && options.values && arrow.edges == 1;
  if (!shown || !edge.has_contribution) return {};
  switch (options.edges) {
    case EdgeNumbers::local:
      if (!from.is_scalar || !to.is_scalar) return {};
      return std::string(kTimes) + number(edge.local, few(options));
    case EdgeNumbers::product:
      if (from.is_scalar || from.tensor->value.count == 1)
        return signed_number(edge.contribution, few(options));
      return "|" + number(edge.contribution, few(options)) + "|";
    default:
      return {};
  }
}

std::string lane_title(std::uint32_t level) {
  if (level == 1) return "computation";
  if (level == 2) return "its gradient";
  return fmt::format("gradient of order {}", level - 1);
}

std::string frame_title(const LabelContext& context, std::uint32_t scope, std::size_t room) {
  const std::string name =
      clean_line(context.graph.scopes[scope].name, std::min(room, kFrameCells));
  const auto found = context.gradients.find(scope);
  if (found == context.gradients.end()) return name;
  const auto text = [&](double x) { return number(x, std::max(context.options.precision - 3, 1)); };
  const auto [least, greatest] = found->second;
  const std::string range = fmt::format("{}|grad| {}", kDot, text(least)) +
                            (least == greatest ? "" : " .. " + text(greatest));
  return cells(name) + cells(range) <= room ? name + range : name;
}

std::string frame_tooltip(const GraphScope& scope) {
  return scope.place.empty() ? "" : clean(scope.name + "\nopened at " + scope.place);
}

std::string heading(const LabelContext& context) {
  const View& view = context.view;
  std::vector<std::string> lines{clean(context.options.title)};
  const auto add = [&lines](std::string line) { lines.push_back(std::move(line)); };
  if (view.shown_nodes != view.total_nodes)
    add(fmt::format("showing {} of {} nodes", view.shown_nodes, view.total_nodes));
  if (std::ranges::any_of(view.boxes, [&](const Box& box) { return has_bars(context, box); }))
    add("bars: the median |grad| of each one, down from the greatest by half a decade a step");
  if (!view.adjoints.empty()) add("dotted lines: from each box to its gradient");
  if (context.options.values && !view.findings.empty() &&
      view.findings.front().trouble == Trouble::non_finite) {
    const std::uint32_t first = view.findings.front().node;
    const GraphNode& node = context.graph.nodes[first];
    const GraphScope& scope = context.graph.scopes[node.scope];
    add(fmt::format("first NaN or inf: the {} of {}{}",
                    is_bad(node.value, node.tensor->value) ? "value" : "gradient",
                    clean_line(as_computed(context, first)),
                    !node.notes->place.empty() ? clean_line(", " + node.notes->place)
                    : scope.place.empty()      ? ""
                                               : clean_line(", in a scope of " + scope.place)));
    if (context.options.marks.empty())
      add(std::ranges::any_of(view.boxes, &Box::is_aside)
              ? "hatched: NaN or inf; faint: it neither led there nor came from there"
              : "hatched: NaN or inf");
  }
  add(clean(context.options.stamp));
  std::erase(lines, "");
  return fmt::format("{}", fmt::join(lines, "\n"));
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
