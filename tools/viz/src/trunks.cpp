// SPDX-License-Identifier: MIT
#include "trunks.hpp"

#include <algorithm>
#include <limits>
#include <ranges>
#include <utility>

namespace nabla::viz::detail {
namespace {

constexpr std::size_t kMostPassed = 12;
constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

// How late in the picture each box can stand, without making it longer. Between groups arrows may also
// lead back, those do not count.
std::vector<std::size_t> latest_ranks(const View& view) {
  std::vector<std::size_t> rank(view.boxes.size(), 0), latest(rank.size(), kNowhere);
  for (const Arrow& arrow : view.arrows)
    if (arrow.from < arrow.to) rank[arrow.to] = std::max(rank[arrow.to], rank[arrow.from] + 1);
  for (const Arrow& arrow : view.arrows | std::views::reverse) {
    if (arrow.from >= arrow.to) continue;
    const std::size_t end = latest[arrow.to] == kNowhere ? rank[arrow.to] : latest[arrow.to];
    latest[arrow.from] = std::min(latest[arrow.from], end - 1);
  }
  for (std::size_t box = 0; box < rank.size(); ++box)
    if (latest[box] == kNowhere) latest[box] = rank[box];
  return latest;
}

}  // namespace

std::vector<Trunk> trunks_of(const View& view) {
  const std::vector<std::size_t> rank = latest_ranks(view);
  const auto place = [&](std::size_t arrow) {
    return std::pair(view.arrows[arrow].from, rank[view.arrows[arrow].to]);
  };
  std::vector<std::size_t> passing;
  for (std::size_t i = 0; i < view.arrows.size(); ++i)
    if (rank[view.arrows[i].to] > rank[view.arrows[i].from] + kMostPassed) passing.push_back(i);
  std::ranges::stable_sort(passing, {}, place);
  std::vector<Trunk> trunks;
  std::pair<std::uint32_t, std::size_t> last{};
  for (const std::size_t arrow : passing) {
    const auto here = place(arrow);
    if (trunks.empty() || trunks.back().box != here.first) trunks.push_back({here.first, {}});
    std::vector<std::vector<std::size_t>>& branches = trunks.back().branches;
    if (branches.empty() || last != here) branches.emplace_back();
    branches.back().push_back(arrow);
    last = here;
  }
  return trunks;
}

}  // namespace nabla::viz::detail
