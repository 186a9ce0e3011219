// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <nabla/check.hpp>
#include <nabla/engine/capture.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/glob.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/engine/value.hpp>

#include "commands/check_arguments.hpp"
#include "commands/formula.hpp"
#include "commands/functions.hpp"
#include "commands/pictures.hpp"
#include "progress.hpp"
#include "text.hpp"

namespace nabla::cli {

namespace {

// The worst of several verdicts decides: wrong before unknown before right.
class Conclusion {
 public:
  void add(bool ok, bool inconclusive) {
    if (ok)
      ++right_;
    else if (inconclusive)
      ++unknown_;
    else
      ++wrong_;
  }
  [[nodiscard]] int status() const {
    return wrong_ > 0 ? kAnswerIsNo : unknown_ > 0 ? kInconclusive : kDone;
  }
  [[nodiscard]] std::string text(std::string_view what) const {
    std::string text = counted(right_, what) + " right";
    if (wrong_ > 0) text += fmt::format(", {} WRONG", wrong_);
    if (unknown_ > 0) text += fmt::format(", {} inconclusive", unknown_);
    return text + "\n";
  }

 private:
  int right_ = 0, unknown_ = 0, wrong_ = 0;
};

std::string json_text(const CheckArguments& arguments, const char* member,
                      nlohmann::ordered_json list, int status) {
  nlohmann::ordered_json json{{"schema", "nabla.check/1"}, {"status", status}};
  json.update(json_of(arguments));
  json[member] = std::move(list);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// The reports in the form that was asked for: JSON of all of them, JUnit, or the text.
std::string in_form(const CheckArguments& arguments, const char* member,
                    nlohmann::ordered_json list, std::span<const check::OpReport> reports,
                    int status, const std::string& text) {
  if (arguments.junit) return check::to_junit(reports);
  return arguments.json ? json_text(arguments, member, std::move(list), status) : text;
}

// The formula as the checker wants it. Its gradient comes from one sweep.
check::Problem problem_of(const BoundFormula& formula) {
  check::Problem problem;
  for (const std::string& name : formula.names) problem.inputs.push_back({name, {}});
  problem.at = formula.numbers;
  problem.evaluate = [&formula](std::span<const double> at) {
    return std::vector<double>{formula.expression(at)};
  };
  problem.gradient = [&formula](std::span<const double> upstream) {
    Tape tape;
    const Computed computed = compute(formula);
    check::Gradient gradient;
    gradient.values.assign(formula.names.size(), 0.0);
    if (!computed.result.is_active()) return gradient;
    tape.sweep(computed.result, upstream[0]);
    for (std::size_t i = 0; i < gradient.values.size(); ++i)
      gradient.values[i] = computed.inputs[i].grad();
    return gradient;
  };
  problem.rounding = [&formula](std::span<const double> upstream) {
    const Tape tape;
    return std::abs(upstream[0]) * check::rounding_of(compute(formula).result);
  };
  return problem;
}

check::Options options_of(const CheckArguments& arguments) {
  check::Options options{.order = arguments.order,
                         .full = arguments.full,
                         .thorough = arguments.thorough,
                         .seed = arguments.seed,
                         .directions = arguments.directions};
  if (!arguments.dtype.empty()) options.dtype = arguments.dtype == "float32" ? float32 : float64;
  return options;
}

std::vector<Tensor> tensors_of(const BoundFormula& formula, DType dtype) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < formula.names.size(); ++i)
    tensors.push_back(variable(tensor(formula.numbers[i], dtype), Name(formula.names[i], "")));
  return tensors;
}

// The formula on tensors of rank 0.
check::Report check_tensors(const BoundFormula& formula, check::Options options, int order) {
  options.order = order;
  const std::vector<Tensor> at = tensors_of(formula, options.dtype.value_or(float64));
  const auto f = [&](std::span<const Tensor> inputs) { return formula.expression(inputs); };
  return check::gradcheck(f, at, options);
}

// Order 1 of Values, each derivative for itself; what is beyond, and float32, of tensors.
check::Report check_order(const BoundFormula& formula, check::Options options, int order) {
  if (order > 1 || options.dtype == float32) return check_tensors(formula, options, order);
  options.full = true;
  options.order = 1;
  check::Report report = check::check_problem(problem_of(formula), options);
  if (is_failure(report.verdict)) {
    const Tape tape;
    report.culprits = check::check_recorded(compute(formula).result, options).culprits;
  }
  return report;
}

// Why the slope of a derivative of this order cannot be checked; empty if it can.
std::string obstacle(const check::Report& report, int order) {
  const std::string_view which = order == 1 ? "first" : "second";
  switch (report.verdict) {
    case check::Verdict::kink_accepted:
      return fmt::format("the {} derivative jumps at a kink", which);
    case check::Verdict::infinite_slope:
      return fmt::format("the {} derivative is infinite", which);
    case check::Verdict::inconclusive:
    case check::Verdict::non_finite_both:
      return fmt::format("the {} derivative could not be told", which);
    default:
      return {};
  }
}

// The formula with what is wrong in it.
Remarks draw(const BoundFormula& formula, const std::string& dtype, const check::Report& report,
             const std::string& path) {
  const Tape tape;
  const auto drawn = [&](const auto& root) {
    Graph graph = capture(root);
    check::add_differences(graph, root);
    check::annotate(graph, report);
    return graph;
  };
  const Graph graph =
      dtype == "float32"
          ? drawn(formula.expression(std::span<const Tensor>(tensors_of(formula, float32))))
          : drawn(compute(formula).result);
  return save_picture(graph, path);
}

int check_formula(const CheckArguments& arguments, Terminal& terminal) {
  const BoundFormula formula = understand(arguments);
  if (formula.names.empty())
    throw FormatError("the formula has no inputs; there is nothing to check");
  remark(formula, terminal);
  std::vector<check::Report> reports;
  std::string skipped;
  for (int order = 1; order <= arguments.order && skipped.empty(); ++order) {
    reports.push_back(check_order(formula, options_of(arguments), order));
    if (order < arguments.order) skipped = obstacle(reports.back(), order);
  }
  Conclusion conclusion;
  auto list = nlohmann::ordered_json::array();
  std::string text;
  check::OpReport cases{.op = "formula", .checks = {}};
  const std::string sample = printable(arguments.formula);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    conclusion.add(reports[i].ok(), reports[i].inconclusive());
    list.push_back(
        {{"order", i + 1}, {"report", nlohmann::ordered_json::parse(to_json(reports[i]))}});
    const std::string table = to_string(reports[i]);
    text += fmt::format("{}order {}\n{}", i > 0 ? "\n" : "", i + 1, table);
    cases.checks.push_back({sample, fmt::format("order {}", i + 1), reports[i].verdict, true, table,
                            reports[i].evaluations});
  }
  if (!skipped.empty()) {
    const std::string order = fmt::format("order {}", reports.size() + 1);
    list.push_back({{"order", reports.size() + 1}, {"skipped", skipped}});
    text += fmt::format("\n{}\nskipped: {}\n", order, skipped);
    cases.checks.push_back({sample, order, check::Verdict::inconclusive, false, skipped, 0});
  }
  if (!arguments.output.empty())
    tell(draw(formula, arguments.dtype, reports[0], arguments.output), terminal);
  terminal.out.print(
      in_form(arguments, "orders", std::move(list), {&cases, 1}, conclusion.status(), text));
  return conclusion.status();
}

std::vector<OpEntry> selected_ops(const std::vector<std::string>& globs) {
  std::vector<OpEntry> selected;
  std::vector<bool> used(globs.size(), false);
  for (const OpEntry& op : all_functions()) {
    bool wanted = globs.empty();
    for (std::size_t i = 0; i < globs.size(); ++i) {
      if (!matches_glob(op.info->name, globs[i])) continue;
      wanted = true;
      used[i] = true;
    }
    if (wanted) selected.push_back(op);
  }
  for (std::size_t i = 0; i < globs.size(); ++i)
    if (!used[i])
      throw FormatError(
          fmt::format("no op matches '{}'; nabla ops lists them", printable(globs[i])));
  return selected;
}

bool is_op(const OpEntry& entry) { return entry.made_of.empty(); }

int check_ops(const CheckArguments& arguments, Terminal& terminal) {
  const std::vector<OpEntry> ops = selected_ops(arguments.globs);
  const std::string what = std::ranges::all_of(ops, is_op) ? "op" : "function";
  Conclusion conclusion;
  auto list = nlohmann::ordered_json::array();
  Progress progress(
      {.label = "checking", .unit = what + 's', .total = static_cast<long long>(ops.size())},
      terminal.err);
  std::string text;
  std::vector<check::OpReport> reports;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    progress.update(static_cast<long long>(i), ops[i].info->name);
    reports.push_back(check::check_op(ops[i], options_of(arguments)));
    const check::OpReport& report = reports.back();
    conclusion.add(report.ok(), report.inconclusive());
    if (arguments.json)
      list.push_back(nlohmann::ordered_json::parse(to_json(report)));
    else
      text += to_string(report);
    if (!text.empty() && text.back() != '\n') text += '\n';
  }
  progress.finish();
  terminal.out.print(in_form(arguments, "ops", std::move(list), reports, conclusion.status(),
                             text + "\n" + conclusion.text(what)));
  return conclusion.status();
}

// The plain central difference at each step from 1/2 down, beside the derivative.
int print_steps(const CheckArguments& arguments, Terminal& terminal) {
  const BoundFormula formula = understand(arguments);
  if (formula.names.empty())
    throw FormatError("the formula has no inputs; there is nothing to check");
  remark(formula, terminal);
  const std::vector<double> slopes = problem_of(formula).gradient(std::vector<double>{1.0}).values;
  std::string text = "input,step,difference,derivative,error\n";
  for (std::size_t i = 0; i < formula.names.size(); ++i) {
    for (int digits = 1; digits <= 52; ++digits) {
      const double step = std::ldexp(1.0, -digits);
      std::vector<double> above = formula.numbers, below = formula.numbers;
      above[i] += step;
      below[i] -= step;
      if (above[i] == below[i]) continue;  // below the spacing of the numbers there
      const double difference =
          (formula.expression(above) - formula.expression(below)) / (above[i] - below[i]);
      text += fmt::format("{},{},{},{},{}\n", formula.names[i], step, difference, slopes[i],
                          std::abs(difference - slopes[i]));
    }
  }
  terminal.out.print(text);
  return kDone;
}

// Of ops alone: what is made of them has no rule that could be damaged.
int check_mutants(const CheckArguments& arguments, Terminal& terminal) {
  std::vector<OpEntry> ops = selected_ops(arguments.globs);
  std::erase_if(ops, std::not_fn(is_op));
  if (ops.empty())
    throw FormatError("there is no rule to damage: these are made of ops, as nabla ops tells");
  Progress progress(
      {.label = "damaging", .unit = "ops", .total = static_cast<long long>(ops.size())},
      terminal.err);
  check::MutationReport all;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    progress.update(static_cast<long long>(i), ops[i].info->name);
    check::MutationReport one = check::check_mutants(ops[i], options_of(arguments));
    for (check::Mutant& mutant : one.mutants) all.mutants.push_back(std::move(mutant));
    for (std::string& op : one.false_alarms) all.false_alarms.push_back(std::move(op));
  }
  progress.finish();
  terminal.out.print(arguments.json ? to_json(all) + "\n" : to_string(all));
  return all.ok() ? kDone : kAnswerIsNo;
}

}  // namespace

int check_command(const CheckArguments& arguments, Terminal& terminal) {
  if (!arguments.replay.empty()) {
    CheckArguments again = replay_of(arguments.replay);
    again.json = arguments.json;
    again.junit = arguments.junit;
    return again.is_formula ? check_formula(again, terminal) : check_ops(again, terminal);
  }
  if (arguments.mutants) return check_mutants(arguments, terminal);
  if (arguments.steps) return print_steps(arguments, terminal);
  return arguments.is_formula ? check_formula(arguments, terminal) : check_ops(arguments, terminal);
}

}  // namespace nabla::cli
