// SPDX-License-Identifier: MIT
#include "legend.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "text.hpp"

namespace nabla::viz::detail {
namespace {

std::string decade(int step) { return fmt::format("1e{}", kFirstDecade + step - 1); }

Legend signed_scale(const Palette& colors, const std::string& title) {
  Legend legend{.title = title, .zero = kShades, .entries = {}};
  for (int step = kShades; step > 0; --step)
    legend.entries.push_back({heat(colors, Sign::negative, step), "-" + decade(step)});
  legend.entries.push_back({colors.neutral, "0"});
  for (int step = 1; step <= kShades; ++step)
    legend.entries.push_back({heat(colors, Sign::positive, step), "+" + decade(step)});
  return legend;
}

template <class Text>
Legend scale(const Palette& colors, const std::string& title, Text text) {
  Legend legend{.title = title, .entries = {{colors.neutral, "0"}}};
  for (int step = 1; step <= kShades; ++step)
    legend.entries.push_back({heat(colors, Sign::none, step), text(step)});
  return legend;
}

Legend list_of_ops(const LabelContext& context, const Palette& colors) {
  Legend legend{.title = "op", .is_scale = false, .entries = {}};
  for (std::size_t i = 0; i < context.colored_ops.size(); ++i)
    legend.entries.push_back({op_color(colors, i), clean_line(context.colored_ops[i], 30)});
  const bool has_others = std::ranges::any_of(context.view.boxes, [&](const Box& box) {
    const std::string& op = context.graph.nodes[box.node].op->name;
    return box.kind == Box::Kind::node && !op.empty() &&
           std::ranges::count(context.colored_ops, op) == 0;
  });
  if (has_others) legend.entries.push_back({colors.neutral, "other ops"});
  return legend;
}

std::vector<Legend> marks_legend(const Palette& colors) {
  Legend kinds{.title = "change", .is_scale = false, .entries = {}};
  kinds.entries = {{mark_fill(colors, {}), "the same"},
                   {mark_fill(colors, {Change::added}), "+ added"},
                   {mark_fill(colors, {Change::removed}), "\xE2\x88\x92 removed"}};
  Legend decades{.title = "~ relative change", .entries = {}};
  for (int step = 1; step <= kShades; ++step)
    decades.entries.push_back({heat(colors, Sign::positive, step), decade(step)});
  return {kinds, decades};
}

}  // namespace

std::vector<Legend> legends(const LabelContext& context) {
  const PictureOptions& options = context.options;
  const Palette& colors = palette(options.theme);
  if (options.legend && !options.marks.empty()) return marks_legend(colors);
  const bool shows_numbers = options.color == ColorBy::gradient || options.color == ColorBy::value;
  if (!options.legend || options.color == ColorBy::none || (shows_numbers && !options.values))
    return {};
  if (options.color == ColorBy::op)
    return context.colored_ops.empty() ? std::vector<Legend>{}
                                       : std::vector{list_of_ops(context, colors)};
  if (options.color == ColorBy::bytes) {
    const bool has_bytes =
        std::ranges::any_of(context.view.boxes, [](const Box& box) { return box.bytes > 0.0; });
    const auto size = [](int step) { return bytes_text(size_of_step(step)); };
    return has_bytes ? std::vector{scale(colors, "memory", size)} : std::vector<Legend>{};
  }
  if (options.color == ColorBy::time) {
    const bool has_times =
        std::ranges::any_of(context.view.boxes, [](const Box& box) { return box.seconds > 0.0; });
    const auto time = [](int step) { return seconds_text(size_of_step(step) / kSizeOfSecond); };
    return has_times ? std::vector{scale(colors, "time", time)} : std::vector<Legend>{};
  }
  bool scalars = false, sizes = false;  // sizes: of tensors and groups
  for (const Box& box : context.view.boxes) {
    const bool is_node = box.kind == Box::Kind::node;
    if (options.color == ColorBy::value ? !is_node : !box.has_gradient) continue;
    (is_node && context.graph.nodes[box.node].is_scalar ? scalars : sizes) = true;
  }
  std::vector<Legend> result;
  const std::string what = options.color == ColorBy::gradient ? "grad" : "value";
  if (scalars) result.push_back(signed_scale(colors, what));
  if (sizes) result.push_back(scale(colors, "|" + what + "|", decade));
  return result;
}

}  // namespace nabla::viz::detail
