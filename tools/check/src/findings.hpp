// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nabla/check/problem.hpp>

#include "probe.hpp"

namespace nabla::check::detail {

/// Gathers entries into a report.
class Findings {
 public:
  Findings(const Problem& problem, const Options& options) : problem_(problem), options_(options) {}

  /// Judges a direction and keeps the entry.
  void add(const Direction& direction, Probe& probe, std::int64_t output);
  /// A verdict about the whole function.
  void whole(Verdict verdict, std::string reason);
  /// Takes note of remarks; true if one of them ends the check.
  bool remark(const std::vector<Remark>& remarks);
  void account(std::int64_t evaluations, std::int64_t quick) {
    report_.evaluations += evaluations;
    report_.counts.quick += quick;
  }
  [[nodiscard]] bool is_empty() const { return entries_.empty(); }
  [[nodiscard]] bool has_kinks() const { return has_kinks_; }
  /// Once every element was judged alone: a direction that fails although no element does, and some
  /// could not be told, fails because of those. A kink is no sum of its elements.
  void excuse_directions();
  /// The direction that failed worst, or null.
  [[nodiscard]] const Direction* failing_direction() const {
    return failing_ ? &*failing_ : nullptr;
  }
  /// The report so far, sorted.
  [[nodiscard]] Report report();

 private:
  const Problem& problem_;
  const Options& options_;
  Report report_;
  std::vector<Entry> entries_;
  std::vector<bool> missing_;  ///< inputs without any gradient
  std::optional<Direction> failing_;
  double failing_slack_ = 0.0;
  bool has_kinks_ = false;
};

/// Adds entries to a report, which stays sorted.
void add_entries(Report& report, std::vector<Entry> entries, const Options& options);
/// The indices of the element at this row-major position.
[[nodiscard]] std::vector<std::int64_t> index_in(const std::vector<std::int64_t>& shape,
                                                 std::int64_t position);

}  // namespace nabla::check::detail
