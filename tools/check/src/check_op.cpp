// SPDX-License-Identifier: MIT
#include <algorithm>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include <nabla/check/check_op.hpp>
#include <nabla/check/gradcheck.hpp>
#include <nabla/engine/error.hpp>

#include "json.hpp"
#include "op_properties.hpp"
#include "op_run.hpp"
#include "stopwatch.hpp"
#include "tensors.hpp"

namespace nabla::check {

namespace {

using detail::Part;

/// Gathers the checks of one op.
class OpRun {
 public:
  OpRun(const OpEntry& op, const Options& options, Part part)
      : op_(op), options_(options), part_(part) {
    report_.op = op.info->name;
    report_.seed = options.seed;
  }

  OpReport operator()() {
    if (op_.samples != nullptr) {
      for (const Sample& sample : op_.samples()) check_sample(sample);
    }
    if (op_.samples != nullptr && part_ == Part::all) check_threads();
    if (op_.errors != nullptr) {
      for (const ErrorCase& error : op_.errors()) check_error(error);
    }
    if (op_.has_scalar && op_.scalar != nullptr && op_.tensor != nullptr) {
      property("scalars", "agrees with tensors", [&] {
        return detail::scalar_agrees(
            op_, [this](std::span<const Value> xs) { return op_.scalar(xs, {}); }, options_.seed);
      });
    }
    return std::move(report_);
  }

 private:
  void check_sample(const Sample& sample) {
    if (options_.dtype != float32) check_in_float64(sample);
    // float32 is compared element by element, not along directions.
    if (options_.dtype != float64 && part_ != Part::differences)
      check_in_float32(detail::in_float32(sample));
    sample_ = nullptr;
  }

  void check_in_float64(const Sample& sample) {
    sample_ = &sample;
    const std::string& name = sample.description;
    const std::uint64_t seed = options_.seed;
    property(name, "value repeats", [&] { return detail::value_repeats(sample); });
    for (int order = 1; order <= (sample.smooth ? options_.order : 1); ++order) {
      gradient(sample, fmt::format("order {}", order), order, [&](const Options& options) {
        return gradcheck(sample.apply, sample.inputs, options);
      });
      if (!sample.smooth) continue;
      gradient(sample, fmt::format("order {} inside another function", order), order,
               [&](const Options& options) {
                 std::vector<Tensor> at;
                 const TensorFunction f = detail::inside_another(sample, at);
                 return gradcheck(f, at, options);
               });
    }
    property(name, "upstream adds", [&] { return detail::upstream_adds(sample, seed); });
    property(name, "uses add up", [&] { return detail::uses_add_up(sample, seed); });
    property(name, "repeated operand",
             [&] { return detail::repeated_operand_adds_up(sample, seed); });
    property(name, "forward mode", [&] { return detail::forward_agrees(sample, seed); });
    property(name, "memory layout", [&] { return detail::layout_does_not_matter(sample, seed); });
  }

  void check_in_float32(const Sample& sample) {
    sample_ = &sample;
    property(sample.description, "float32",
             [&] { return detail::single_precision_agrees(sample, options_); });
    gradient(sample, "order 1 in float32", 1, [&](const Options& options) {
      return gradcheck(sample.apply, sample.inputs, options);
    });
  }

  /// On the first sample that can be enlarged.
  void check_threads() {
    for (const Sample& each : op_.samples()) {
      const Sample sample = options_.dtype == float32 ? detail::in_float32(each) : each;
      const auto inputs = detail::enlarged(sample);
      if (!inputs) continue;
      sample_ = &sample;
      property(sample.description, "threads",
               [&] { return detail::threads_do_not_matter(sample, *inputs); });
      sample_ = nullptr;
      return;
    }
  }

  /// A gradient check. An exception is a verdict too: the sample itself is legal.
  void gradient(const Sample& sample, std::string name, int order,
                const std::function<Report(const Options&)>& run) {
    if (is_done()) return;
    const bool is_required = sample.smooth && has_elements(sample);
    OpCheck check{sample.description, std::move(name), Verdict::pass, is_required, {}, 0};
    Options options = options_;
    options.order = order;
    const detail::Stopwatch watch;
    try {
      Report report = run(options);
      check.verdict = report.verdict;
      check.evaluations = report.evaluations;
      check.inputs = report.inputs;
      if (!report.ok()) {
        check.detail = to_string(report);
        check.report = std::move(report);
      }
    } catch (const std::exception& error) {
      check.verdict = Verdict::throws_mismatch;
      check.detail = error.what();
    }
    check.milliseconds = watch.milliseconds();
    report_.checks.push_back(std::move(check));
  }

  // Without a single element there is no derivative to be right or wrong.
  static bool has_elements(const Sample& sample) {
    return std::any_of(sample.inputs.begin(), sample.inputs.end(),
                       [](const Tensor& x) { return is_floating(x.dtype()) && x.numel() > 0; });
  }

  void property(std::string sample, std::string name, const std::function<std::string()>& run) {
    if (part_ == Part::differences || is_done()) return;
    OpCheck check{std::move(sample), std::move(name), Verdict::pass, true, {}, 1};
    if (sample_ != nullptr) check.inputs = detail::inputs_of(sample_->inputs);
    const detail::Stopwatch watch;
    try {
      check.detail = run();
      if (!check.detail.empty()) check.verdict = Verdict::fail;
    } catch (const std::exception& error) {
      check.verdict = Verdict::throws_mismatch;
      check.detail = error.what();
    }
    check.milliseconds = watch.milliseconds();
    report_.checks.push_back(std::move(check));
  }

  void check_error(const ErrorCase& error) {
    if (part_ == Part::differences || is_done()) return;
    OpCheck check{error.description, "is refused", Verdict::throws_mismatch, true, {}, 1};
    try {
      error.run();
      check.detail = fmt::format("nothing was thrown, need an error with '{}'", error.message);
    } catch (const Error& thrown) {
      const std::string text = thrown.what();
      if (text.find(error.message) != std::string::npos) {
        check.verdict = Verdict::pass;
      } else {
        check.detail = fmt::format("got '{}', need '{}' in it", text, error.message);
      }
    } catch (const std::exception& thrown) {
      check.detail = fmt::format("got an exception that is no nabla::Error: {}", thrown.what());
    }
    report_.checks.push_back(std::move(check));
  }

  [[nodiscard]] bool is_done() const {
    return part_ != Part::all && !report_.checks.empty() &&
           is_failure(report_.checks.back().verdict);
  }

  const OpEntry& op_;
  const Options& options_;
  Part part_;
  const Sample* sample_ = nullptr;  ///< that is being checked
  OpReport report_;
};

}  // namespace

Verdict OpReport::verdict() const {
  Verdict worst = checks.empty() ? Verdict::inconclusive : Verdict::pass;
  for (const OpCheck& check : checks) {
    if (is_inconclusive(check.verdict) && !check.is_required) continue;
    worst = std::max(worst, check.verdict);
  }
  return worst;
}

std::int64_t OpReport::evaluations() const {
  std::int64_t count = 0;
  for (const OpCheck& check : checks) count += check.evaluations;
  return count;
}

OpReport check_op(const OpEntry& op, const Options& options) {
  return detail::run_checks(op, options, Part::all);
}

namespace detail {
OpReport run_checks(const OpEntry& op, const Options& options, Part part) {
  return OpRun(op, options, part)();
}
}  // namespace detail

std::string to_string(const OpReport& report) {
  std::string text =
      fmt::format("{}: {}, {} checks, {} evaluations\n", report.op, name_of(report.verdict()),
                  report.checks.size(), report.evaluations());
  if (report.checks.empty()) text += "  nothing was checked: there are no samples\n";
  for (const OpCheck& check : report.checks) {
    if (check.detail.empty() || (is_inconclusive(check.verdict) && !check.is_required)) continue;
    text += fmt::format("  {} [{}]: {}: {}\n", check.property, check.sample, name_of(check.verdict),
                        check.detail);
  }
  return text;
}

std::string to_json(const OpReport& report) {
  std::string checks;
  for (const OpCheck& check : report.checks) {
    if (!checks.empty()) checks += ',';
    checks += fmt::format(
        R"({{"sample":{},"property":{},"verdict":{},"required":{},"inputs":{},"evaluations":{},)"
        R"("milliseconds":{:.3f},"detail":{}{}{}}})",
        detail::json_text(check.sample), detail::json_text(check.property),
        detail::json_text(name_of(check.verdict)), check.is_required, detail::json_of(check.inputs),
        check.evaluations, check.milliseconds, detail::json_text(check.detail),
        check.report ? R"(,"report":)" : "", check.report ? to_json(*check.report) : "");
  }
  return fmt::format(
      R"({{"schema":1,"op":{},"verdict":{},"ok":{},"seed":{},"evaluations":{},"checks":[{}]}})",
      detail::json_text(report.op), detail::json_text(name_of(report.verdict())), report.ok(),
      report.seed, report.evaluations(), checks);
}

}  // namespace nabla::check
