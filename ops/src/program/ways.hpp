// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "program/schedule.hpp"

// Which ways through a function rows took, and which of them are worth a schedule. A row that leaves the
// recorded way tries others, one after the other, or is recorded by itself. Where there are many ways of
// which none is usual, trying costs more than recording; how often each was taken says so. Nothing here
// looks at a clock: the same rows in the same order are done in the same manner.

namespace nabla::detail {

/// Costs in recordings: what it takes to record a row and sweep over it.
struct WayCosts {
  double trial = 1.0 / 7;  ///< to evaluate a row along a way
  double making = 32;      ///< to make a schedule of a way
  double alone = 1;        ///< of a row by itself
};

struct Way {
  std::uint64_t signature = 0;  ///< ProgramGraph::way
  std::shared_ptr<const ProgramSchedule> schedule = nullptr;
  double rows = 0;  ///< that took it; the latest count more
  bool leaves_itself =
      false;  ///< what it was made of: a guard ends otherwise in lanes than on the tape
};

class Ways {
 public:
  explicit Ways(const WayCosts& costs = {}) : costs_(costs) {}

  /// Rows that left the recorded way and are to be done.
  void expect(std::size_t rows) { expected_ += static_cast<double>(rows); }
  /// Ways that pay if they are tried one after the other, the most usual first.
  [[nodiscard]] std::vector<Way> worth_trying();
  /// True if a row of a way that nobody knows shall make one, in the hope that others follow: few such
  /// hopes were in vain, and what they have cost is little beside all rows.
  [[nodiscard]] bool may_hope() const { return vain_ < kMostVain && lost_ <= expected_ * kRisk; }

  /// So many rows took it.
  void took(std::uint64_t signature, std::size_t rows);
  /// True if the way has no schedule and took so many rows that one pays.
  [[nodiscard]] bool should_make(std::uint64_t signature) const;
  /// A schedule was made and `tried` rows were evaluated along it, of which some stayed.
  void made(std::uint64_t signature, std::shared_ptr<const ProgramSchedule> schedule,
            std::size_t tried, std::size_t stayed);

 private:
  struct Plan {
    double cost;  ///< of as many rows as were counted
    std::size_t ways;
  };
  /// As if the way `also` had a schedule.
  [[nodiscard]] Plan best_plan(const Way* also) const;
  Way& find(std::uint64_t signature);
  static constexpr double kRisk = 0.125;
  static constexpr int kMostVain = 16;
  WayCosts costs_;
  double expected_ = 0, lost_ = 0;
  int vain_ = 0;
  std::vector<Way> ways_;  ///< the most usual first
};

/// Schedules by the signatures of their ways, for rows whose recording, which tells the signature, costs little
/// beside the rest: then a way need not be usual to be worth a schedule, and none is tried in vain.
/// Threads   safe
class KnownWays {
 public:
  struct Found {
    std::shared_ptr<const ProgramSchedule> schedule;  ///< or null
    bool shall_make;                                  ///< as one pays, and there is room
  };
  /// `rows`: that took this way and stand side by side. (A schedule does them together, and a row among few
  /// others sooner by itself, however often one comes along.)
  [[nodiscard]] Found find(std::uint64_t signature, std::size_t rows) const;
  void made(std::uint64_t signature, std::shared_ptr<const ProgramSchedule> schedule);

 private:
  static constexpr std::size_t kMostBytes = std::size_t{1} << 25;  ///< of all schedules
  static constexpr std::size_t kRows = 4;  ///< of which some more will follow
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<const ProgramSchedule>> schedules_;
  std::size_t bytes_ = 0;
};

}  // namespace nabla::detail
