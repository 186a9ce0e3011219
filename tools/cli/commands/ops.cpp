// SPDX-License-Identifier: MIT
#include <algorithm>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/ops/registry.hpp>

#include "commands/commands.hpp"
#include "expression.hpp"
#include "text.hpp"

namespace nabla::cli {

namespace {

using Row = std::vector<std::string>;

Row row_of(const OpEntry& op) {
  const OpInfo& info = *op.info;
  return {std::string(info.name),   std::string(info.formula), std::string(info.gradient),
          std::string(info.domain), std::string(info.kinks),   std::string(info.accuracy)};
}

const Row kHeader{"op", "formula", "derivative", "domain", "kinks", "accuracy"};

std::string markdown_line(const Row& row) {
  std::string line = "|";
  for (const std::string& cell : row) {
    line += ' ';
    for (const char c : cell) line += c == '|' ? std::string("\\|") : std::string(1, c);
    line += " |";
  }
  return line + '\n';
}

std::string markdown_table(const std::vector<Row>& rows) {
  std::string text = markdown_line(kHeader) + "|---|---|---|---|---|---|\n";
  for (const Row& row : rows) text += markdown_line(row);
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
  add("kind", where_it_works(op));
  return fmt::format("{}\n{}", info.name, table_text(rows, "  "));
}

const OpEntry& named_op(const std::string& name) {
  if (const OpEntry* op = find_op(name)) return *op;
  std::vector<std::string> names;
  for (const OpEntry* op : all_ops()) names.emplace_back(op->info->name);
  throw FormatError(
      fmt::format("there is no op '{}'{}", printable(name), did_you_mean(name, names)));
}

}  // namespace

int ops_command(const OpsArguments& arguments, Terminal& terminal) {
  if (arguments.is_named) {
    const OpEntry& op = named_op(arguments.name);
    terminal.out.print(arguments.markdown ? markdown_table({row_of(op)}) : details(op));
    return kDone;
  }
  std::vector<Row> rows;
  if (arguments.markdown) {
    for (const OpEntry* op : all_ops()) rows.push_back(row_of(*op));
    terminal.out.print(markdown_table(rows));
    return kDone;
  }
  // What fits into a terminal.
  rows.push_back({"op", "kind", "formula"});
  for (const OpEntry* op : all_ops())
    rows.push_back(
        {std::string(op->info->name), std::string(op->family), std::string(op->info->formula)});
  terminal.out.print(table_text(rows));
  return kDone;
}

}  // namespace nabla::cli
