// SPDX-License-Identifier: MIT
#include "findings.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "hints.hpp"

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
    entry.position = static_cast<std::int64_t>(direction.index[0]);
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

void Findings::excuse_directions() {
  bool any_open = false, any_wrong = false;
  for (const Entry& entry : entries_) {
    if (entry.position < 0) continue;
    any_open = any_open || is_inconclusive(entry.verdict);
    any_wrong = any_wrong || is_failure(entry.verdict);
  }
  if (has_kinks_ || any_wrong || !any_open || !report_.reason.empty()) return;
  std::vector<Entry> entries = std::move(entries_);
  report_.counts = {.quick = report_.counts.quick};
  report_.verdict = Verdict::pass;
  failing_.reset();
  entries_.clear();
  for (Entry& entry : entries) {
    if (entry.is_direction && is_failure(entry.verdict)) {
      entry.verdict = Verdict::inconclusive;
      entry.reason = "some of its elements cannot be told";
    }
    count(entry, report_);
    entries_.push_back(std::move(entry));
  }
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
  report_.hint = hint_from(problem_, entries_);
  report_.inputs = problem_.inputs;
  report_.order = options_.order;
  report_.seed = options_.seed;
  return report_;
}

}  // namespace nabla::check::detail
