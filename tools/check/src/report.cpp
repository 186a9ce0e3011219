// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <string>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <nabla/check/report.hpp>

#include "json.hpp"
#include "number_text.hpp"

namespace nabla::check {

std::string_view name_of(Verdict verdict) {
  static constexpr std::array<std::string_view, 15> kNames{
      "pass",           "kink accepted",
      "infinite slope", "inconclusive",
      "non-finite",     "fail",
      "kink violates",  "non-finite gradient",
      "no gradient",    "shape mismatch",
      "dtype mismatch", "nondeterministic",
      "input mutated",  "not linear in upstream",
      "throws mismatch"};
  return kNames[static_cast<std::size_t>(verdict)];
}

namespace {

using detail::number_text;

std::string place_of(const Entry& entry) {
  std::string text = entry.input;
  if (!entry.index.empty()) text += fmt::format("[{}]", fmt::join(entry.index, ", "));
  if (entry.output >= 0) text += fmt::format(" -> output {}", entry.output);
  return text;
}

std::string summary_of(const Report& report) {
  const Counts& counts = report.counts;
  std::string text = fmt::format("{}: {} derivatives checked, {} passed", name_of(report.verdict),
                                 counts.checked, counts.passed + counts.kinks);
  if (counts.kinks > 0) text += fmt::format(" ({} at kinks)", counts.kinks);
  if (counts.inconclusive > 0) text += fmt::format(", {} inconclusive", counts.inconclusive);
  if (counts.failed > 0) text += fmt::format(", {} failed", counts.failed);
  return text + fmt::format("; {} evaluations\n", report.evaluations);
}

std::string table_of(const Report& report) {
  if (report.worst.empty()) return {};
  std::size_t width = 7;
  for (const Entry& entry : report.worst) width = std::max(width, place_of(entry).size());
  std::string text = fmt::format("  {:<{}}  {:>17}  {:>17}  {:>8}  {:>8}  {}\n", "input", width,
                                 "analytic", "numeric", "bound", "slack", "verdict");
  for (const Entry& entry : report.worst) {
    text += fmt::format("  {:<{}}  {:>17}  {:>17}  {:>8}  {:>8}  {}", place_of(entry), width,
                        number_text("{:.10g}", entry.analytic),
                        number_text("{:.10g}", entry.numeric), number_text("{:.1e}", entry.bound),
                        number_text("{:.2g}", entry.slack), name_of(entry.verdict));
    if (entry.left != entry.right) {
      text += fmt::format(", slopes {} to {}", number_text("{:.6g}", entry.left),
                          number_text("{:.6g}", entry.right));
    }
    if (!entry.reason.empty()) text += fmt::format(": {}", entry.reason);
    text += '\n';
  }
  return text;
}

std::string indented(std::string_view lines) {
  std::string text;
  for (std::size_t start = 0; start < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', start), lines.size());
    text += fmt::format("    {}\n", lines.substr(start, end - start));
    start = end + 1;
  }
  return text;
}

}  // namespace

std::string to_string(const Report& report) {
  std::string text = summary_of(report);
  if (!report.reason.empty()) text += fmt::format("  {}\n", report.reason);
  text += table_of(report);
  for (const Culprit& culprit : report.culprits) {
    text += fmt::format("  wrong: {}, {} (operation {}{}{}{}): {}\n", culprit.op, culprit.operand,
                        culprit.number, culprit.checkpoint >= 0 ? ", in a checkpoint" : "",
                        culprit.scope.empty() ? "" : ", in scope ", culprit.scope,
                        name_of(culprit.verdict));
  }
  if (!report.hint.empty()) text += fmt::format("  hint: {}\n", report.hint);
  if (!report.reproducer.empty()) text += "  reproduce:\n" + indented(report.reproducer);
  return text;
}

namespace {

std::string entry_json(const Entry& entry) {
  return fmt::format(
      R"({{"input":{},"index":[{}],"output":{},"direction":{},"analytic":{},"numeric":{},)"
      R"("bound":{},"slack":{},"left":{},"right":{},"verdict":{},"reason":{}}})",
      detail::json_text(entry.input), fmt::join(entry.index, ","), entry.output, entry.is_direction,
      detail::json_number(entry.analytic), detail::json_number(entry.numeric),
      detail::json_number(entry.bound), detail::json_number(entry.slack),
      detail::json_number(entry.left), detail::json_number(entry.right),
      detail::json_text(name_of(entry.verdict)), detail::json_text(entry.reason));
}

}  // namespace

std::string detail::json_of(std::span<const Input> inputs) {
  std::string text;
  for (const Input& input : inputs) {
    text += fmt::format(R"({}{{"name":{},"dtype":{},"shape":[{}])", text.empty() ? "" : ",",
                        json_text(input.name), json_text(input.dtype), fmt::join(input.shape, ","));
    if (!input.strides.empty())
      text += fmt::format(R"(,"strides":[{}])", fmt::join(input.strides, ","));
    text += '}';
  }
  return "[" + text + "]";
}

std::string to_json(const Report& report) {
  std::string entries;
  for (const Entry& entry : report.worst) {
    if (!entries.empty()) entries += ',';
    entries += entry_json(entry);
  }
  std::string culprits;
  for (const Culprit& culprit : report.culprits) {
    culprits += fmt::format(
        R"({}{{"op":{},"operation":{},"scalar":{},"occurrence":{},"checkpoint":{},)"
        R"("scope":{},"operand":{},"verdict":{}}})",
        culprits.empty() ? "" : ",", detail::json_text(culprit.op), culprit.number,
        culprit.is_scalar, culprit.occurrence, culprit.checkpoint, detail::json_text(culprit.scope),
        detail::json_text(culprit.operand), detail::json_text(name_of(culprit.verdict)));
  }
  const Counts& counts = report.counts;
  return fmt::format(
      R"({{"schema":1,"verdict":{},"ok":{},"order":{},"seed":{},"inputs":{},"checked":{},"passed":{},"kinks":{},)"
      R"("inconclusive":{},"failed":{},"quick":{},"evaluations":{},"milliseconds":{:.3f},)"
      R"("reason":{},"hint":{},)"
      R"("culprits":[{}],"reproducer":{},"worst":[{}]}})",
      detail::json_text(name_of(report.verdict)), report.ok(), report.order, report.seed,
      detail::json_of(report.inputs), counts.checked, counts.passed, counts.kinks,
      counts.inconclusive, counts.failed, counts.quick, report.evaluations, report.milliseconds,
      detail::json_text(report.reason), detail::json_text(report.hint), culprits,
      detail::json_text(report.reproducer), entries);
}

}  // namespace nabla::check
