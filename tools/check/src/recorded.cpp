// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstddef>
#include <exception>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include <nabla/check/difference.hpp>
#include <nabla/check/problem.hpp>
#include <nabla/check/recorded.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/operation.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/tape.hpp>

#include "culprits.hpp"
#include "findings.hpp"
#include "reproducer.hpp"
#include "stopwatch.hpp"
#include "tensors.hpp"

namespace nabla::check {

namespace {

/// Culprits that a report lists.
constexpr std::size_t kMostCulprits = 10;

/// Checks the operations that it is shown.
class RecordedCheck final : public OperationVisitor {
 public:
  RecordedCheck(const Options& options, bool is_float32)
      : options_(options), is_float32_(is_float32) {}

  void tensor(const Operation& operation) override {
    if (!checked_.insert(operation.number()).second) return;
    count(false, operation.info());
    if (operation.is_source()) return;
    const std::vector<Tensor> operands = operation.operands();
    if (checks_inside(operation, operands)) return;
    ++operations_;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      if (!operands[k].requires_grad()) continue;
      const Report found =
          operation.is_overtaken() ? overtaken() : report_of(operation, operands, k);
      add({.op = std::string(operation.info().name),
           .number = operation.number(),
           .scope = operation.scope()},
          k, found);
      if (is_failure(found.verdict) && wants_reproducer()) {
        if (const auto failure = detail::failure_of(operation))
          report_.reproducer = detail::reproducer(*failure, options_);
      }
    }
  }

  void scalar(const ScalarOperation& operation) override {
    count(true, operation.info);
    ++operations_;
    for (std::size_t k = 0; k < operation.operands.size(); ++k) {
      if (!operation.active[k]) continue;
      const Report found = report_of(operation, k);
      add({.op = std::string(operation.info.name),
           .is_scalar = true,
           .number = operation.statement,
           .scope = operation.scope},
          k, found);
      if (is_failure(found.verdict) && wants_reproducer())
        report_.reproducer = detail::reproducer(operation, options_);
    }
  }

  void external(const OpInfo& info, const std::string& scope) override {
    if (externals_++ == 0)
      external_ = std::string(info.name) + (scope.empty() ? "" : " in scope " + scope);
  }

  [[nodiscard]] Report take() {
    if (externals_ > 0) {
      report_.hint = "with its own reverse, and not checked by itself: " + external_;
      if (externals_ > 1) report_.hint += fmt::format(" and {} more", externals_ - 1);
    }
    if (operations_ == 0) {
      report_.verdict = Verdict::inconclusive;
      report_.reason = "nothing was checked: no operation was recorded";
    }
    return std::move(report_);
  }

 private:
  /// Numbers what a picture shows: nothing inside a checkpoint.
  void count(bool is_scalar, const OpInfo& info) {
    occurrence_ = checkpoint_ < 0 ? seen_[{is_scalar, info.name}]++ : 0;
  }
  [[nodiscard]] bool wants_reproducer() const {
    return options_.reproducer && report_.reproducer.empty();
  }
  static double single_rounding(const ScalarOperation& operation) {
    double size = 4 * std::abs(operation.value);
    for (std::size_t i = 0; i < operation.operands.size(); ++i) {
      const double part = operation.partials[i] * operation.operands[i];
      if (std::isfinite(part)) size += std::abs(part);
    }
    return Arithmetic::float32().unit_roundoff * size;
  }
  /// The operations inside a checkpoint, of which the record shows one. True if one of them is wrong, which
  /// makes the checkpoint wrong as well.
  bool checks_inside(const Operation& operation, std::span<const Tensor> operands) {
    if (operation.is_overtaken()) return false;
    std::vector<Tensor> variables;
    for (const Tensor& operand : operands) {
      const Tensor numbers = operand.detach();
      variables.push_back(operand.requires_grad() ? variable(numbers) : numbers);
    }
    const EnableGrad enable_grad;
    const Tape tape;  // for Values on the way
    Tensor inside;
    try {
      inside = operation.inside(variables);
    } catch (const std::exception&) {
      return false;  // the check of the checkpoint itself will tell
    }
    if (!inside.defined() || !inside.requires_grad()) return false;
    const std::size_t before = report_.culprits.size();
    const bool is_outermost = checkpoint_ < 0;
    const std::int64_t occurrence = occurrence_;
    if (is_outermost) checkpoint_ = occurrence;
    visit_operations(inside, *this);
    if (is_outermost) checkpoint_ = -1;
    occurrence_ = occurrence;
    return report_.culprits.size() > before;
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
    // A slope in float32 is as wrong as that of a value that was rounded so: 1 - y^2 has the error of y.
    if (is_float32_)
      problem.rounding = [&](std::span<const double>) { return single_rounding(operation); };
    return check_problem(problem, options_);
  }

  /// The gravest entry of a check of one operand stands for it.
  void add(Culprit suspect, std::size_t operand, const Report& found) {
    Entry entry;
    if (!found.worst.empty()) entry = found.worst.front();
    suspect.operand = fmt::format("operand {}", operand);
    entry.input = fmt::format("{} ({}), {}", suspect.op, suspect.number, suspect.operand);
    entry.is_direction = false;
    entry.verdict = found.verdict;
    if (!found.reason.empty()) entry.reason = found.reason;
    if (is_failure(entry.verdict) && report_.culprits.size() < kMostCulprits) {
      suspect.occurrence = occurrence_;
      suspect.checkpoint = checkpoint_;
      suspect.verdict = entry.verdict;
      report_.culprits.push_back(std::move(suspect));
    }
    report_.evaluations += found.evaluations;
    report_.counts.quick += found.counts.quick == found.counts.checked ? 1 : 0;
    std::vector<Entry> one;
    one.push_back(std::move(entry));
    detail::add_entries(report_, std::move(one), options_);
  }

  Options options_;
  bool is_float32_;
  Report report_;
  std::int64_t operations_ = 0;
  std::int64_t externals_ = 0;
  std::string external_;                                            ///< the first of them
  std::map<std::pair<bool, std::string_view>, std::int64_t> seen_;  ///< how many of each name
  std::set<std::uint64_t> checked_;  ///< numbers of operations on tensors
  std::int64_t occurrence_ = 0;      ///< of the operation that is being checked
  std::int64_t checkpoint_ = -1;     ///< that it is inside of
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
  const Stopwatch watch;
  RecordedCheck recorded(options, is_float32);
  visit(recorded);
  Report report = recorded.take();
  report.milliseconds = watch.milliseconds();
  return report;
}

bool wants_culprits(const Report& report) {
  switch (report.verdict) {
    case Verdict::shape_mismatch:
    case Verdict::dtype_mismatch:
    case Verdict::nondeterministic:
    case Verdict::input_mutated:
    case Verdict::throws_mismatch:
      return false;
    default:
      return is_failure(report.verdict);
  }
}

namespace {

template <class Root>
void find(Report& report, std::span<const Root> roots, const Options& options, int order) {
  Report single;
  try {
    Options each = options;
    each.order = order;
    single = check_operations([&](OperationVisitor& seen) { visit_operations(roots, seen); }, false,
                              each);
  } catch (const Error&) {
    return;  // the record cannot be read, and the report stands without
  }
  report.evaluations += single.evaluations;
  report.culprits = std::move(single.culprits);
  if (order > 1)
    for (Culprit& culprit : report.culprits) culprit.operand += fmt::format(", order {}", order);
  if (report.reproducer.empty()) report.reproducer = std::move(single.reproducer);
  const auto add_hint = [&report](std::string_view hint) {
    if (!report.hint.empty()) report.hint += "; ";
    report.hint += hint;
  };
  const bool are_right = report.culprits.empty() && single.counts.checked > 0;
  if (!single.hint.empty() && report.culprits.empty()) {
    add_hint(single.hint);
  } else if (are_right && options.order == 1) {
    add_hint(
        "each operation behind the result looks right by itself: does a part bypass the record, by "
        "detach(), item() or data(), or does a hook change gradients?");
  }
}

}  // namespace

void find_culprits(Report& report, std::span<const Value> roots, const Options& options) {
  find(report, roots, options, 1);
}
void find_culprits(Report& report, std::span<const Tensor> roots, const Options& options) {
  find(report, roots, options, 1);
}
void find_second_order_culprits(Report& report, std::span<const Tensor> roots,
                                const Options& options) {
  find(report, roots, options, 2);
}

}  // namespace detail

}  // namespace nabla::check
