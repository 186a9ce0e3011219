// SPDX-License-Identifier: MIT
#include "program/ways.hpp"

#include <algorithm>
#include <utility>

namespace nabla::detail {
namespace {

constexpr std::size_t kSchedules = 16;   ///< that are kept
constexpr std::size_t kCounted = 64;     ///< ways whose rows are counted
constexpr double kMostCounts = 1 << 16;  ///< counts are halved there: habits change

}  // namespace

Ways::Plan Ways::best_plan(const Way* also) const {
  double rest = 0;
  for (const Way& way : ways_) rest += way.rows;
  double tried = 0;
  std::size_t count = 0;
  Plan best{rest * costs_.alone, 0};
  for (const Way& way : ways_) {
    if (way.schedule == nullptr && &way != also) continue;
    tried += rest * costs_.trial;
    rest -= way.rows;
    ++count;
    const double cost = tried + rest * costs_.alone;
    if (cost < best.cost) best = {cost, count};
  }
  return best;
}

std::vector<Way> Ways::worth_trying() {
  std::ranges::stable_sort(ways_, std::ranges::greater(), &Way::rows);
  double all = 0;
  for (const Way& way : ways_) all += way.rows;
  if (all > kMostCounts)
    for (Way& way : ways_) way.rows /= 2;
  std::vector<Way> ways;
  const std::size_t count = best_plan(nullptr).ways;
  for (const Way& way : ways_)
    if (way.schedule != nullptr && ways.size() < count) ways.push_back(way);
  return ways;
}

bool Ways::should_make(std::uint64_t signature) const {
  const auto way = std::ranges::find(ways_, signature, &Way::signature);
  if (way == ways_.end() || way->schedule != nullptr || way->leaves_itself ||
      way->rows * costs_.alone <= costs_.making)
    return false;
  return best_plan(&*way).cost + costs_.making < best_plan(nullptr).cost;
}

void Ways::took(std::uint64_t signature, std::size_t rows) {
  if (rows > 0) find(signature).rows += static_cast<double>(rows);
}

void Ways::made(std::uint64_t signature, std::shared_ptr<const ProgramSchedule> schedule,
                std::size_t tried, std::size_t stayed) {
  const double loss = costs_.making + static_cast<double>(tried) * costs_.trial -
                      static_cast<double>(stayed) * costs_.alone;
  lost_ = std::max(0.0, lost_ + loss);
  vain_ += loss > 0 ? 1 : 0;
  Way& way = find(signature);
  way.leaves_itself = stayed == 0;
  if (stayed > 0) way.schedule = std::move(schedule);
  took(signature, stayed);
  std::size_t schedules = 0;
  for (Way& each : ways_)  // the others are less usual
    if (each.schedule != nullptr && each.signature != signature && ++schedules == kSchedules)
      each.schedule = nullptr;
}

Way& Ways::find(std::uint64_t signature) {
  const auto way = std::ranges::find(ways_, signature, &Way::signature);
  if (way != ways_.end()) return *way;
  if (ways_.size() == kCounted) ways_.pop_back();
  return ways_.emplace_back(Way{.signature = signature});
}

KnownWays::Found KnownWays::find(std::uint64_t signature, std::size_t rows) const {
  const std::lock_guard lock(mutex_);
  const auto way = schedules_.find(signature);
  if (way != schedules_.end()) return {way->second, false};
  return {nullptr, rows >= kRows && bytes_ < kMostBytes};
}

void KnownWays::made(std::uint64_t signature, std::shared_ptr<const ProgramSchedule> schedule) {
  const std::lock_guard lock(mutex_);
  const auto [way, is_new] = schedules_.try_emplace(signature, std::move(schedule));
  if (is_new) bytes_ += way->second->steps.size() * sizeof(way->second->steps[0]);
}

}  // namespace nabla::detail
