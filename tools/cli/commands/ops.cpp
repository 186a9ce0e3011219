// SPDX-License-Identifier: MIT
#include <algorithm>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/glob.hpp>
#include <nabla/ops/registry.hpp>

#include "commands/commands.hpp"
#include "commands/functions.hpp"
#include "expression.hpp"
#include "text.hpp"

namespace nabla::cli {

namespace {

using Row = std::vector<std::string>;

const Row kHeader{"op", "formula", "derivative", "domain", "kinks", "accuracy"};
const Row kMadeHeader{"function", "formula",  "derivative", "domain",
                      "kinks",    "accuracy", "made of"};

Row row_of(const OpEntry& op) {
  const OpInfo& info = *op.info;
  Row row;
  for (const std::string_view cell :
       {info.name, info.formula, info.gradient, info.domain, info.kinks, info.accuracy})
    row.emplace_back(cell);
  if (!op.made_of.empty()) row.emplace_back(op.made_of);
  return row;
}

std::string markdown_line(const Row& row) {
  std::string line = "|";
  for (const std::string& cell : row) {
    line += ' ';
    for (const char c : cell) line += c == '|' ? std::string("\\|") : std::string(1, c);
    line += " |";
  }
  return line + '\n';
}

/// The first lines of a table with this row.
std::string markdown_header(const OpEntry& op) {
  const Row& header = op.made_of.empty() ? kHeader : kMadeHeader;
  std::string text = markdown_line(header) + '|';
  for (std::size_t i = 0; i < header.size(); ++i) text += "---|";
  return text + '\n';
}

std::string heading_of(const OpEntry& op) {
  if (op.family == kWithoutDerivative) return "Functions without a derivative";
  if (op.made_of.empty()) return "Ops";
  return op.family == kLosses ? "Losses" : "Functions made of ops";
}

/// A table under each heading.
std::string markdown_tables(std::span<const OpEntry> all) {
  std::string text, last;
  for (const OpEntry& op : all) {
    const std::string heading = heading_of(op);
    if (heading != last)
      text += fmt::format("{}## {}\n\n{}", text.empty() ? "" : "\n", heading, markdown_header(op));
    text += markdown_line(row_of(op));
    last = heading;
  }
  return text;
}

// A structured op does not declare its operands: its samples have all that it differentiates by, or
// fewer where one stands twice or has no derivative. A list of operands is written x_i.
std::string operands(const OpEntry& op) {
  std::size_t count = op.arity < 0 ? 0 : static_cast<std::size_t>(op.arity);
  if (op.arity < 0) {
    if (op.info->formula.find("x_i") != std::string_view::npos) return "any number of operands";
    for (const Sample& sample : op.samples()) count = std::max(count, sample.inputs.size());
  }
  return fmt::format("{} {}operand{}", count, op.arity < 0 ? "differentiable " : "",
                     count == 1 ? "" : "s");
}

std::string where_it_works(const OpEntry& op) {
  if (!op.made_of.empty() || op.family == kWithoutDerivative) return std::string(op.family);
  const char* numbers = !op.has_scalar ? ""
                        : op.arity < 0 ? " and on lists of numbers"
                                       : " and on numbers";
  return fmt::format("{}, {}, on tensors{}", op.family, operands(op), numbers);
}

// "lo = -1, hi = 1 unless given"
std::string parameters(const OpEntry& op) {
  std::string text;
  for (const OpParameter& parameter : op.parameters)
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", parameter.name,
                        number_text(parameter.value));
  return text.empty() ? text : text + " unless given";
}

std::string details(const OpEntry& op) {
  const OpInfo& info = *op.info;
  std::vector<Row> rows;
  const auto add = [&](const char* label, std::string_view text) {
    if (!text.empty()) rows.push_back({label, std::string(text)});
  };
  if (op.scalar != nullptr) add("call", call_forms(op));
  add("parameters", parameters(op));
  add("formula", info.formula);
  add("derivative", info.gradient);
  add("domain", info.domain);
  add("kinks", info.kinks);
  add("accuracy", info.accuracy);
  add("source", info.source);
  add("symbol", info.symbol);
  add("made of", op.made_of);
  add("kind", where_it_works(op));
  return fmt::format("{}\n{}", info.name, table_text(rows, "  "));
}

// Those whose name matches.
std::vector<OpEntry> matching(const std::string& pattern) {
  std::vector<OpEntry> all = all_known();
  std::vector<std::string> names;
  for (const OpEntry& op : all) names.emplace_back(op.info->name);
  std::erase_if(all, [&](const OpEntry& op) { return !matches_glob(op.info->name, pattern); });
  if (all.empty()) {
    throw FormatError(
        fmt::format("there is no op '{}'{}", printable(pattern), did_you_mean(pattern, names)));
  }
  return all;
}

// What fits into a terminal.
std::string list_text(std::span<const OpEntry> ops) {
  std::vector<Row> rows{{"op", "kind", "formula"}};
  for (const OpEntry& op : ops)
    rows.push_back(
        {std::string(op.info->name), std::string(op.family), std::string(op.info->formula)});
  return table_text(rows);
}

}  // namespace

int ops_command(const OpsArguments& arguments, Terminal& terminal) {
  const std::vector<OpEntry> ops = matching(arguments.is_named ? arguments.name : "*");
  const bool is_one = arguments.is_named && ops.front().info->name == arguments.name;
  if (arguments.markdown) {
    terminal.out.print(is_one ? markdown_header(ops[0]) + markdown_line(row_of(ops[0]))
                              : markdown_tables(ops));
  } else {
    terminal.out.print(is_one ? details(ops[0]) : list_text(ops));
  }
  return kDone;
}

}  // namespace nabla::cli
