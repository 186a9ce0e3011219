// SPDX-License-Identifier: MIT
#include "detours.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace nabla::viz::detail {
namespace {

constexpr std::size_t kMostBoxes = 2'000;
constexpr std::size_t kMostTries = 32;
constexpr double kDistance = 5;   // of a line that passes a box
constexpr double kClearance = 2;  // what is nearer touches it

class Detours {
 public:
  Detours(const Plan& plan, const Placed& placed) : plan_(plan), placed_(placed) {
    for (std::size_t i = 0; i < plan.boxes.size(); ++i) {
      const Place& centre = placed.boxes[i];
      const double width = plan.boxes[i].width / 2, height = plan.boxes[i].height / 2;
      boxes_.push_back({centre.x - width, centre.y - height, centre.x + width, centre.y + height});
    }
  }

  // The line from the upper one of two boxes down to the lower one; `share` of the way between lanes.
  [[nodiscard]] std::vector<Place> down(std::size_t upper, std::size_t lower, double share) const {
    const Place from{placed_.boxes[upper].x, boxes_[upper].bottom},
        to{placed_.boxes[lower].x, boxes_[lower].top};
    if (boxes_.size() > kMostBoxes || from.y + 2 * kDistance >= to.y) return {from, to};
    const double between = between_lanes(upper, from.y, to.y, share);
    std::vector<Place> points = to_level(from, between, kDistance);
    const std::vector<Place> back = to_level(to, between, -kDistance);
    points.insert(points.end(), back.rbegin(), back.rend());
    return points;
  }

 private:
  [[nodiscard]] bool is_clear(double left, double top, double right, double bottom) const {
    if (left > right) std::swap(left, right);
    if (top > bottom) std::swap(top, bottom);
    return std::ranges::none_of(boxes_, [&](const Area& box) {
      return right > box.left - kClearance && left < box.right + kClearance &&
             bottom > box.top - kClearance && top < box.bottom + kClearance;
    });
  }

  // How far down the gap between the lane of the box and the next one is, if both heights are beside it.
  [[nodiscard]] double between_lanes(std::size_t box, double top, double bottom,
                                     double share) const {
    double end = top, next = bottom;
    for (std::size_t i = 1; i < placed_.frames.size(); ++i) {
      if (!plan_.frames[i].is_lane) continue;
      for (const Area& lane : placed_.frames[i]) {
        if (lane.top <= placed_.boxes[box].y && lane.bottom >= top) end = lane.bottom;
        if (lane.top > top) next = std::min(next, lane.top);
      }
    }
    if (end >= next) end = top, next = bottom;
    return end + share * (next - end);
  }

  // From a side of a box, off which a line goes by `away`, to this level: straight if nothing is in the
  // way, else beside what is.
  [[nodiscard]] std::vector<Place> to_level(const Place& side, double level, double away) const {
    const double start = side.y + away + (away > 0 ? kClearance : -kClearance);
    if (is_clear(side.x, start, side.x, level)) return {side, {side.x, level}};
    std::vector<double> beside;
    for (const Area& box : boxes_) {
      beside.push_back(box.left - kDistance);
      beside.push_back(box.right + kDistance);
    }
    const std::size_t tries = std::min(kMostTries, beside.size());
    std::ranges::partial_sort(beside, beside.begin() + static_cast<std::ptrdiff_t>(tries), {},
                              [&](double x) { return std::pair(std::abs(x - side.x), x); });
    const double turn = side.y + away;
    for (std::size_t i = 0; i < tries; ++i) {
      const double x = beside[i];
      if (is_clear(x, turn, x, level) && is_clear(side.x, turn, x, turn))
        return {side, {side.x, turn}, {x, turn}, {x, level}};
    }
    return {side, {side.x, level}};
  }

  const Plan& plan_;
  const Placed& placed_;
  std::vector<Area> boxes_;
};

}  // namespace

std::vector<std::vector<Place>> lines_to_gradients(const Plan& plan, const Placed& placed,
                                                   std::span<const GraphAdjoint> adjoints) {
  const Detours detours(plan, placed);
  std::vector<std::vector<Place>> lines;
  for (const auto& [node, of] : adjoints) {
    // Each has its own height between lanes.
    const double share =
        static_cast<double>(lines.size() + 1) / static_cast<double>(adjoints.size() + 1);
    const bool is_down = placed.boxes[of].y <= placed.boxes[node].y;
    lines.push_back(is_down ? detours.down(of, node, share) : detours.down(node, of, share));
  }
  return lines;
}

}  // namespace nabla::viz::detail
