// SPDX-License-Identifier: MIT
#include <algorithm>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include <nabla/check/problem.hpp>
#include <nabla/check/recorded.hpp>
#include <nabla/engine/operation.hpp>

#include "culprits.hpp"
#include "findings.hpp"
#include "reproducer.hpp"
#include "tensors.hpp"

namespace nabla::check {

namespace {

/// Culprits that a report lists.
constexpr std::size_t kMostCulprits = 10;
/// How far the slope of an op in float32 may be off.
constexpr double kSingleRounding = 2e-6;

/// Checks the operations that it is shown.
class RecordedCheck final : public OperationVisitor {
 public:
  RecordedCheck(const Options& options, bool is_float32) : options_(options), of_values_(options) {
    options_.order = of_values_.order = 1;
    // Slopes were rounded to float32, and are compared with differences in float64.
    if (is_float32) of_values_.relative_floor = std::max(options.relative_floor, kSingleRounding);
  }

  void tensor(const Operation& operation) override {
    if (operation.is_source()) return;
    ++operations_;
    const std::vector<Tensor> operands = operation.operands();
    for (std::size_t k = 0; k < operands.size(); ++k) {
      if (!operands[k].requires_grad()) continue;
      const Report found =
          operation.is_overtaken() ? overtaken() : report_of(operation, operands, k);
      add(operation.info(), operation.number(), operation.scope(), k, found);
      if (is_failure(found.verdict) && wants_reproducer()) {
        if (const auto failure = detail::failure_of(operation))
          report_.reproducer = detail::reproducer(*failure, options_);
      }
    }
  }

  void scalar(const ScalarOperation& operation) override {
    ++operations_;
    for (std::size_t k = 0; k < operation.operands.size(); ++k) {
      if (!operation.active[k]) continue;
      const Report found = report_of(operation, k);
      add(operation.info, operation.statement, operation.scope, k, found);
      if (is_failure(found.verdict) && wants_reproducer())
        report_.reproducer = detail::reproducer(operation, options_);
    }
  }

  [[nodiscard]] Report take() {
    if (operations_ == 0) {
      report_.verdict = Verdict::inconclusive;
      report_.reason = "nothing was checked: no operation was recorded";
    }
    return std::move(report_);
  }

 private:
  [[nodiscard]] bool wants_reproducer() const {
    return options_.reproducer && report_.reproducer.empty();
  }
  static Report overtaken() {
    Report report;
    report.verdict = Verdict::inconclusive;
    report.reason = "an operand was changed in place since";
    return report;
  }

  /// The operation as a function of one operand.
  [[nodiscard]] Report report_of(const Operation& operation, std::span<const Tensor> operands,
                                 std::size_t k) const {
    std::vector<Tensor> numbers;
    for (const Tensor& operand : operands) numbers.push_back(operand.detach());
    const TensorFunction f = [&](std::span<const Tensor> x) {
      std::vector<Tensor> xs = numbers;
      xs[k] = x[0];
      return operation.again(xs);
    };
    try {
      return detail::report_on_tensors(f, {&numbers[k], 1}, options_);
    } catch (const std::exception& error) {
      Report report;
      report.verdict = Verdict::throws_mismatch;
      report.reason = error.what();
      return report;
    }
  }

  [[nodiscard]] Report report_of(const ScalarOperation& operation, std::size_t k) const {
    Problem problem;
    problem.inputs = {{"x", {}}};
    problem.at = {operation.operands[k]};
    std::vector<double> operands(operation.operands.begin(), operation.operands.end());
    problem.evaluate = [&](std::span<const double> x) {
      operands[k] = x[0];
      return std::vector<double>{operation.again(operands)};
    };
    problem.gradient = [&](std::span<const double> upstream) {
      // As in a sweep: nothing arrives, nothing goes on, however steep.
      const double g = upstream[0];
      return Gradient{{g == 0 ? 0.0 : g * operation.partials[k]}, {}};
    };
    return check_problem(problem, of_values_);
  }

  /// The gravest entry of a check of one operand stands for it.
  void add(const OpInfo& info, std::uint64_t number, std::string scope, std::size_t operand,
           const Report& found) {
    Entry entry;
    if (!found.worst.empty()) entry = found.worst.front();
    const std::string name = fmt::format("operand {}", operand);
    entry.input = fmt::format("{} ({}), {}", info.name, number, name);
    entry.is_direction = false;
    entry.verdict = found.verdict;
    if (!found.reason.empty()) entry.reason = found.reason;
    if (is_failure(entry.verdict) && report_.culprits.size() < kMostCulprits) {
      report_.culprits.push_back(
          {std::string(info.name), number, std::move(scope), name, entry.verdict});
    }
    report_.evaluations += found.evaluations;
    report_.counts.quick += found.counts.quick == found.counts.checked ? 1 : 0;
    std::vector<Entry> one;
    one.push_back(std::move(entry));
    detail::add_entries(report_, std::move(one), options_);
  }

  Options options_, of_values_;
  Report report_;
  std::int64_t operations_ = 0;
};

}  // namespace

Report check_recorded(const Value& root, const Options& options) {
  return detail::check_operations([&](OperationVisitor& seen) { visit_operations(root, seen); },
                                  false, options);
}

Report check_recorded(const Tensor& root, const Options& options) {
  return detail::check_operations([&](OperationVisitor& seen) { visit_operations(root, seen); },
                                  false, options);
}

namespace detail {

Report check_operations(const std::function<void(OperationVisitor&)>& visit, bool is_float32,
                        const Options& options) {
  RecordedCheck recorded(options, is_float32);
  visit(recorded);
  return recorded.take();
}

bool wants_culprits(const Report& report) {
  switch (report.verdict) {
    case Verdict::shape_mismatch:
    case Verdict::dtype_mismatch:
    case Verdict::nondeterministic:
    case Verdict::input_mutated:
      return false;
    default:
      return is_failure(report.verdict);
  }
}

namespace {

template <class Root>
void find(Report& report, std::span<const Root> roots, const Options& options) {
  std::int64_t checked = 0;
  for (const Root& root : roots) {
    const Report single = check_recorded(root, options);
    report.evaluations += single.evaluations;
    if (report.reproducer.empty()) report.reproducer = single.reproducer;
    checked += single.counts.checked;
    for (const Culprit& culprit : single.culprits) {
      const bool is_known = std::ranges::any_of(report.culprits, [&](const Culprit& known) {
        return known.number == culprit.number && known.op == culprit.op &&
               known.operand == culprit.operand;
      });
      if (!is_known && report.culprits.size() < kMostCulprits) report.culprits.push_back(culprit);
    }
  }
  if (report.culprits.empty() && report.hint.empty() && checked > 0 && options.order == 1) {
    report.hint =
        "each operation behind the result looks right by itself: does a part of the function "
        "bypass "
        "the record, by detach(), item(), data() or a number that was taken out, or does a hook "
        "change "
        "gradients?";
  }
}

}  // namespace

void find_culprits(Report& report, std::span<const Value> roots, const Options& options) {
  find(report, roots, options);
}
void find_culprits(Report& report, std::span<const Tensor> roots, const Options& options) {
  find(report, roots, options);
}

}  // namespace detail

}  // namespace nabla::check
