// SPDX-License-Identifier: MIT
#include "findings.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/core.h>

namespace nabla::check::detail {

namespace {

bool is_graver(const Entry& a, const Entry& b) {
  if (a.verdict != b.verdict) return a.verdict > b.verdict;
  if (a.is_direction != b.is_direction) return b.is_direction;
  return a.slack > b.slack;
}

/// The block that input element `i` lies in, and `i` counted from its start.
std::pair<std::size_t, std::int64_t> place_of(const Problem& problem, std::size_t i) {
  auto left = static_cast<std::int64_t>(i);
  std::size_t block = 0;
  while (left >= problem.inputs[block].numel()) left -= problem.inputs[block++].numel();
  return {block, left};
}

void count(const Entry& entry, Report& report) {
  Counts& counts = report.counts;
  ++counts.checked;
  if (is_failure(entry.verdict)) {
    ++counts.failed;
  } else if (is_inconclusive(entry.verdict)) {
    ++counts.inconclusive;
  } else if (entry.verdict == Verdict::pass) {
    ++counts.passed;
  } else {
    ++counts.kinks;
  }
  report.verdict = std::max(report.verdict, entry.verdict);
}

/// The gravest first, and no more than are asked for.
void keep_worst(std::vector<Entry>& entries, const Options& options) {
  std::stable_sort(entries.begin(), entries.end(), is_graver);
  entries.resize(std::min(entries.size(), static_cast<std::size_t>(options.worst)));
}

}  // namespace

std::vector<std::int64_t> index_in(const std::vector<std::int64_t>& shape, std::int64_t position) {
  std::vector<std::int64_t> index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = position % shape[axis];
    position /= shape[axis];
  }
  return index;
}

void add_entries(Report& report, std::vector<Entry> entries, const Options& options) {
  for (Entry& entry : entries) {
    count(entry, report);
    report.worst.push_back(std::move(entry));
  }
  keep_worst(report.worst, options);
}

void Findings::add(const Direction& direction, Probe& probe, std::int64_t output) {
  Entry entry = probe.judge(direction);
  entry.output = output;
  if (!entry.is_direction && !direction.index.empty()) {
    const auto [block, position] = place_of(problem_, direction.index[0]);
    entry.input = problem_.inputs[block].name;
    entry.index = index_in(problem_.inputs[block].shape, position);
    if (block < missing_.size() && missing_[block] && entry.verdict == Verdict::fail) {
      entry.verdict = Verdict::missing_gradient;
    }
  }
  count(entry, report_);
  has_kinks_ = has_kinks_ || entry.verdict == Verdict::kink_accepted ||
               entry.verdict == Verdict::infinite_slope;
  if (entry.is_direction && is_failure(entry.verdict) &&
      (!failing_ || entry.slack > failing_slack_)) {
    failing_ = direction;
    failing_slack_ = entry.slack;
  }
  entries_.push_back(std::move(entry));
}

void Findings::whole(Verdict verdict, std::string reason) {
  report_.verdict = std::max(report_.verdict, verdict);
  report_.reason = std::move(reason);
}

bool Findings::remark(const std::vector<Remark>& remarks) {
  bool ends = false;
  for (const Remark& remark : remarks) {
    if (remark.verdict == Verdict::missing_gradient) {
      missing_.resize(problem_.inputs.size());
      missing_[remark.input] = true;
      continue;
    }
    whole(remark.verdict, fmt::format("{}: {}", problem_.inputs[remark.input].name, remark.text));
    ends = true;
  }
  return ends;
}

Report Findings::report() {
  report_.worst = entries_;
  keep_worst(report_.worst, options_);
  report_.hint = hint_from(entries_);
  return report_;
}

namespace {

/// True if this derivative, right or wrong, is not `ratio` times the slope.
bool contradicts(const Entry& entry, double ratio) {
  constexpr double kRelative = 1e-6, kBounds = 4.0;
  if (!std::isfinite(entry.numeric)) return false;
  const double error = std::abs(entry.analytic - ratio * entry.numeric);
  const double factor = std::max(std::abs(ratio), 1e-3);
  return !(error <= factor * (kRelative * std::abs(entry.numeric) + kBounds * entry.bound));
}

// analytic / numeric, if it is the same number wherever a derivative is wrong.
std::optional<double> common_ratio(const std::vector<Entry>& entries) {
  std::optional<double> ratio;
  for (const Entry& entry : entries) {
    if (entry.is_direction || !is_failure(entry.verdict) || entry.numeric == 0 ||
        !std::isfinite(entry.numeric)) {
      continue;
    }
    const double now = entry.analytic / entry.numeric;
    if (ratio && !(std::abs(now - *ratio) <= 1e-6 * std::max(std::abs(*ratio), 1e-3))) return {};
    ratio = now;
  }
  return ratio;
}

// What such a ratio usually means; empty if it means nothing in particular.
std::string meaning_of(double ratio) {
  const auto is = [&](double value) { return std::abs(ratio - value) <= 1e-6; };
  if (is(-1)) return "analytic = -numeric: a wrong sign";
  if (is(0)) return "analytic = 0 where the slope is not: detached, or not registered?";
  if (is(2)) return "analytic = 2 numeric: counted twice?";
  if (is(0.5)) return "analytic = numeric / 2: a missing factor 2";
  const double whole = std::abs(ratio) > 1 ? ratio : 1 / ratio;
  const bool is_whole = std::abs(whole - std::nearbyint(whole)) <= 1e-5;
  if (is_whole && std::abs(whole) > 1.5 && std::abs(whole) < 1e6) {
    return fmt::format("analytic = {} numeric: a sum for a mean, or a broadcast not reduced?",
                       std::abs(ratio) > 1 ? fmt::format("{}", std::nearbyint(whole))
                                           : fmt::format("1 / {}", std::nearbyint(whole)));
  }
  if (std::abs(ratio - 1) < 1e-3)
    return "analytic and numeric differ by a constant factor close "
           "to 1: a constant with too few digits?";
  return {};
}

}  // namespace

std::string hint_from(const std::vector<Entry>& entries) {
  const bool is_broken = std::any_of(entries.begin(), entries.end(), [](const Entry& entry) {
    return entry.verdict == Verdict::non_finite_analytic;
  });
  if (is_broken)
    return "the gradient is not finite where the function is smooth: a 0 * inf in a rule?";
  const std::optional<double> ratio = common_ratio(entries);
  if (!ratio) return {};
  if (std::string meaning = meaning_of(*ratio); !meaning.empty()) return meaning;
  const bool is_everywhere = std::none_of(entries.begin(), entries.end(), [&](const Entry& entry) {
    return contradicts(entry, *ratio);
  });
  return is_everywhere ? fmt::format("analytic = {:.6g} numeric everywhere", *ratio) : "";
}

}  // namespace nabla::check::detail
