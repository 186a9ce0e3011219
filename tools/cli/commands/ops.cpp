// SPDX-License-Identifier: MIT
#include <algorithm>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/nn/loss/table.hpp>
#include <nabla/ops/composition.hpp>
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

Row row_of(const Composition& made) {
  return {std::string(made.name), std::string(made.formula), std::string(made.gradient),
          std::string(made.kinks), std::string(made.made_of)};
}

const Row kMadeHeader{"function", "formula", "derivative", "kinks", "made of"};

std::string markdown_line(const Row& row) {
  std::string line = "|";
  for (const std::string& cell : row) {
    line += ' ';
    for (const char c : cell) line += c == '|' ? std::string("\\|") : std::string(1, c);
    line += " |";
  }
  return line + '\n';
}

std::string markdown_table(const Row& header, const std::vector<Row>& rows) {
  std::string text = markdown_line(header) + '|';
  for (std::size_t i = 0; i < header.size(); ++i) text += "---|";
  text += '\n';
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

std::string markdown_table(std::span<const Composition> compositions) {
  std::vector<Row> rows;
  for (const Composition& made : compositions) rows.push_back(row_of(made));
  return markdown_table(kMadeHeader, rows);
}

std::string details(const Composition& made) {
  const Row row = row_of(made);
  std::vector<Row> rows;
  for (std::size_t i = 1; i < row.size(); ++i)
    if (!row[i].empty()) rows.push_back({kMadeHeader[i], row[i]});
  return fmt::format("{}\n{}", made.name, table_text(rows, "  "));
}

std::string about(const std::string& name, bool markdown) {
  if (const OpEntry* op = find_op(name))
    return markdown ? markdown_table(kHeader, {row_of(*op)}) : details(*op);
  std::vector<std::string> names;
  for (const OpEntry* op : all_ops()) names.emplace_back(op->info->name);
  for (const auto compositions : {all_compositions(), nn::all_losses()}) {
    for (const Composition& made : compositions) {
      if (made.name == name) return markdown ? markdown_table({&made, 1}) : details(made);
      names.emplace_back(made.name);
    }
  }
  throw FormatError(
      fmt::format("there is no op '{}'{}", printable(name), did_you_mean(name, names)));
}

}  // namespace

int ops_command(const OpsArguments& arguments, Terminal& terminal) {
  if (arguments.is_named) {
    terminal.out.print(about(arguments.name, arguments.markdown));
    return kDone;
  }
  std::vector<Row> rows;
  if (arguments.markdown) {
    for (const OpEntry* op : all_ops()) rows.push_back(row_of(*op));
    terminal.out.print(fmt::format("## Ops\n\n{}\n## Functions made of ops\n\n{}\n## Losses\n\n{}",
                                   markdown_table(kHeader, rows),
                                   markdown_table(all_compositions()),
                                   markdown_table(nn::all_losses())));
    return kDone;
  }
  // What fits into a terminal.
  rows.push_back({"op", "kind", "formula"});
  for (const OpEntry* op : all_ops())
    rows.push_back(
        {std::string(op->info->name), std::string(op->family), std::string(op->info->formula)});
  for (const Composition& made : all_compositions())
    rows.push_back({std::string(made.name), "made of ops", std::string(made.formula)});
  for (const Composition& made : nn::all_losses())
    rows.push_back({std::string(made.name), "loss", std::string(made.formula)});
  terminal.out.print(table_text(rows));
  return kDone;
}

}  // namespace nabla::cli
