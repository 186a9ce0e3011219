// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>

#include "layers.hpp"

namespace nabla::viz::detail {
namespace {

using Pair = std::pair<std::uint32_t, std::uint32_t>;

// Layers by longest paths. A frame is a unit beside what is outside: it begins behind all that leads
// into it and ends before all it leads to, unless the frames lead to each other in a circle or stand in
// two lanes. Lanes are no units.
class Layering {
 public:
  explicit Layering(const Plan& plan)
      : plan_(plan), boxes_(static_cast<std::uint32_t>(plan.boxes.size())) {
    for (const Plan::Frame& frame : plan.frames) {
      const std::uint32_t parent = without_lane(frame.parent);
      depth_.push_back(parent_.empty() ? 0 : depth_[parent] + 1);
      parent_.push_back(parent);
    }
    for (const Plan::Box& box : plan.boxes) frame_.push_back(without_lane(box.frame));
    find_units();
  }

  std::vector<std::uint32_t> operator()() {
    push_behind_inputs();
    shorten_lines();
    close_gaps();
    return std::move(layer_);
  }

 private:
  [[nodiscard]] std::uint32_t without_lane(std::uint32_t frame) const {
    return plan_.frames[frame].is_lane ? 0 : frame;
  }

  [[nodiscard]] std::uint32_t lane_of(std::uint32_t box) const {
    std::uint32_t frame = plan_.boxes[box].frame;
    while (plan_.frames[frame].parent != 0) frame = plan_.frames[frame].parent;
    return plan_.frames[frame].is_lane ? frame : 0;
  }

  // A box, or beyond them a frame.
  using Unit = std::uint32_t;
  [[nodiscard]] Unit unit_of_frame(std::uint32_t frame) const { return boxes_ + frame; }
  [[nodiscard]] std::uint32_t frame_of(Unit unit) const {
    return unit < boxes_ ? frame_[unit] : parent_[unit - boxes_];
  }

  struct Arc {
    std::uint32_t low, high;  // boxes, in the order of computation
    Unit from, to;            // what contains them and nothing else, in the innermost common frame
    bool is_strict;           // all of `to` is behind all of `from`
  };

  void find_units() {
    for (const Plan::Link& link : plan_.links) {
      const auto [low, high] = std::minmax(link.from, link.to);
      if (low == high) continue;
      Unit from = low, to = high;
      while (frame_of(from) != frame_of(to)) {
        Unit& inner = depth_[frame_of(from)] >= depth_[frame_of(to)] ? from : to;
        inner = unit_of_frame(frame_of(inner));
      }
      arcs_.push_back({low, high, from, to, lane_of(low) == lane_of(high)});
    }
  }

  // What must not be before what: boxes, and the beginnings and ends of frames.
  struct Constraints {
    Neighbours later, not_earlier;  // by a layer, by nothing
    std::size_t count;
  };
  [[nodiscard]] Constraints constraints() const {
    const auto frames = static_cast<std::uint32_t>(parent_.size());
    const auto end = [&](Unit unit) { return unit < boxes_ ? unit : unit + frames; };
    std::vector<Pair> later, not_earlier;
    for (const Arc& arc : arcs_) {
      if (arc.is_strict)
        later.emplace_back(end(arc.from), arc.to);
      else
        later.emplace_back(arc.low, arc.high);
    }
    for (Unit unit = 0; unit < boxes_ + frames; ++unit) {
      if (unit >= boxes_) not_earlier.emplace_back(unit, end(unit));
      if (unit == unit_of_frame(0)) continue;
      const Unit around = unit_of_frame(frame_of(unit));
      not_earlier.emplace_back(around, unit);
      not_earlier.emplace_back(end(unit), end(around));
    }
    const std::size_t count = boxes_ + 2 * parent_.size();
    return {Neighbours(count, later), Neighbours(count, not_earlier), count};
  }

  // Longest paths. Where frames lead to each other in a circle, what leads from one to another holds
  // for the boxes alone; boxes do not, as they are numbered.
  void push_behind_inputs() {
    while (true) {
      const Constraints all = constraints();
      const std::vector<std::uint32_t> component = components(all);
      bool has_circles = false;
      for (Arc& arc : arcs_) {
        const Unit end =
            arc.from < boxes_ ? arc.from : arc.from + static_cast<std::uint32_t>(parent_.size());
        if (!arc.is_strict || component[end] != component[arc.to]) continue;
        arc.is_strict = false;
        has_circles = true;
      }
      if (has_circles) continue;
      // Components are numbered from the end.
      std::vector<std::uint32_t> order(all.count);
      for (std::uint32_t each = 0; each < order.size(); ++each) order[component[each]] = each;
      layer_.assign(all.count, 0);
      for (std::size_t i = order.size(); i-- > 0;) {
        const std::uint32_t each = order[i];
        const auto follow = [&](const Neighbours& neighbours, std::uint32_t step) {
          for (const std::uint32_t* to = neighbours.begin(each); to != neighbours.end(each); ++to)
            layer_[*to] = std::max(layer_[*to], layer_[each] + step);
        };
        follow(all.later, 1);
        follow(all.not_earlier, 0);
      }
      layer_.resize(boxes_);
      return;
    }
  }

  // Strongly connected components (Tarjan 1972, "Depth-first search and linear graph algorithms"),
  // without recursion.
  [[nodiscard]] static std::vector<std::uint32_t> components(const Constraints& all) {
    constexpr std::uint32_t kNever = 0xFFFF'FFFF;
    std::vector<std::uint32_t> index(all.count, kNever), low(all.count),
        component(all.count, kNever);
    std::vector<std::uint32_t> stack;
    std::vector<Pair> path;  // where it is, and which neighbour comes next
    std::uint32_t visited = 0, count = 0;
    const auto next_of = [&](Pair& at) {
      const std::size_t later = all.later.count(at.first);
      const std::size_t i = at.second++;
      return i < later ? all.later.begin(at.first)[i] : all.not_earlier.begin(at.first)[i - later];
    };
    const auto enter = [&](std::uint32_t each) {
      index[each] = low[each] = visited++;
      stack.push_back(each);
      path.emplace_back(each, 0);
    };
    for (std::uint32_t start = 0; start < all.count; ++start) {
      if (index[start] == kNever) enter(start);
      while (!path.empty()) {
        const std::uint32_t each = path.back().first;
        if (path.back().second < all.later.count(each) + all.not_earlier.count(each)) {
          const std::uint32_t to = next_of(path.back());
          if (index[to] == kNever)
            enter(to);
          else if (component[to] == kNever)
            low[each] = std::min(low[each], index[to]);
          continue;
        }
        path.pop_back();
        if (!path.empty()) low[path.back().first] = std::min(low[path.back().first], low[each]);
        if (low[each] != index[each]) continue;
        for (bool more = true; more;) {
          const std::uint32_t member = stack.back();
          stack.pop_back();
          component[member] = count;
          more = member != each;
        }
        ++count;
      }
    }
    return component;
  }

  // All lines of a box are one until they part, so what counts is how far the last box stands behind
  // it. What is fed by nothing stands right before what it feeds, so there it is how far the first and
  // the last of these are apart. First everything goes as late as makes nothing longer, so that it is
  // out of the way of what can win more, and then as early.
  void shorten_lines() {
    constexpr int kRounds = 3;
    std::vector<Pair> in, out;
    for (std::uint32_t i = 0; i < arcs_.size(); ++i) {
      in.emplace_back(arcs_[i].high, i);
      out.emplace_back(arcs_[i].low, i);
    }
    in_ = Neighbours(boxes_, in);
    out_ = Neighbours(boxes_, out);
    earliest_ = layer_;
    users_.resize(boxes_);
    for (const Arc& arc : arcs_)
      if (out_.count(arc.low) > 1) users_[arc.low].insert(layer_[arc.high]);
    for (int round = 0; round < kRounds; ++round) {
      go_late();
      go_early();
    }
  }

  [[nodiscard]] bool is_leaf(std::uint32_t box) const { return in_.count(box) == 0; }
  template <class F>
  void for_each(const Neighbours& arcs, std::uint32_t box, F&& f) const {
    for (const std::uint32_t* i = arcs.begin(box); i != arcs.end(box); ++i) f(arcs_[*i]);
  }
  template <class F>
  void for_each_frame_around(std::uint32_t box, F&& f) const {
    for (std::uint32_t frame = frame_[box]; frame != 0; frame = parent_[frame]) f(frame);
  }
  [[nodiscard]] std::vector<std::uint32_t> by_layer() const {
    std::vector<std::uint32_t> order(boxes_);
    for (std::uint32_t box = 0; box < boxes_; ++box) order[box] = box;
    std::ranges::stable_sort(order, {}, [this](std::uint32_t box) { return layer_[box]; });
    return order;
  }

  // How much longer lines get if the box goes from this layer to the next.
  // Requires  its layer is not among users_
  [[nodiscard]] std::int64_t slope(std::uint32_t box, std::uint32_t layer) const {
    std::int64_t sum = out_.count(box) > 0 ? -1 : 0;
    for_each(in_, box, [&](const Arc& arc) {
      const std::multiset<std::uint32_t>& others = users_[arc.low];
      if (others.empty())
        sum += is_leaf(arc.low) ? 0 : 1;
      else if (layer >= *others.rbegin())
        sum += 1;
      else if (is_leaf(arc.low) && layer < *others.begin())
        sum -= 1;
    });
    return sum;
  }

  // To the layer in [first, last] where lines are shortest; the slope never falls. Of several, to the
  // last or the first.
  void move(std::uint32_t box, std::uint32_t first, std::uint32_t last, bool late) {
    if (first >= last) return;
    for_each(in_, box, [&](const Arc& arc) {
      std::multiset<std::uint32_t>& users = users_[arc.low];
      if (!users.empty()) users.erase(users.find(layer_[box]));
    });
    while (first < last) {
      const std::uint32_t middle = first + (last - first) / 2;
      const std::int64_t rise = slope(box, middle);
      if (late ? rise > 0 : rise >= 0)
        last = middle;
      else
        first = middle + 1;
    }
    layer_[box] = first;
    for_each(in_, box, [&](const Arc& arc) {
      if (out_.count(arc.low) > 1) users_[arc.low].insert(first);
      if (is_leaf(arc.low)) layer_[arc.low] = std::min(layer_[arc.low], first - 1);
    });
  }

  void go_late() {
    constexpr std::uint32_t kNowhere = 0xFFFF'FFFF;
    std::vector<std::uint32_t> first(parent_.size(), kNowhere), latest(parent_.size(), kNowhere);
    const auto enclose = [&](std::uint32_t box) {
      for_each_frame_around(
          box, [&](std::uint32_t frame) { first[frame] = std::min(first[frame], layer_[box]); });
    };
    const auto begin = [&](const Arc& arc) {
      if (!arc.is_strict) return layer_[arc.high];
      return arc.to < boxes_ ? layer_[arc.to] : first[arc.to - boxes_];
    };
    // Frames end before what they lead to begins, which is where it is now or behind.
    for (std::uint32_t box = 0; box < boxes_; ++box) enclose(box);
    for (const Arc& arc : arcs_) {
      if (!arc.is_strict || arc.from < boxes_) continue;
      std::uint32_t& of = latest[arc.from - boxes_];
      of = std::min(of, begin(arc) - 1);
    }
    // What a box leads to has its place already.
    std::ranges::fill(first, kNowhere);
    const std::vector<std::uint32_t> order = by_layer();
    for (std::size_t i = order.size(); i-- > 0;) {
      const std::uint32_t box = order[i];
      std::uint32_t last = out_.count(box) > 0 ? kNowhere : layer_[box];
      for_each(out_, box, [&](const Arc& arc) { last = std::min(last, begin(arc) - 1); });
      for_each_frame_around(box,
                            [&](std::uint32_t frame) { last = std::min(last, latest[frame]); });
      move(box, layer_[box], last, true);
      enclose(box);
    }
  }

  void go_early() {
    // Frames end where their last boxes are now, or before.
    std::vector<std::uint32_t> last(parent_.size(), 0), earliest(parent_.size(), 0);
    for (std::uint32_t box = 0; box < boxes_; ++box)
      for_each_frame_around(
          box, [&](std::uint32_t frame) { last[frame] = std::max(last[frame], layer_[box]); });
    const auto end = [&](const Arc& arc) {
      if (!arc.is_strict) return layer_[arc.low];
      return arc.from < boxes_ ? layer_[arc.from] : last[arc.from - boxes_];
    };
    for (const Arc& arc : arcs_) {
      if (!arc.is_strict || arc.to < boxes_) continue;
      std::uint32_t& of = earliest[arc.to - boxes_];
      of = std::max(of, end(arc) + 1);
    }
    for (const std::uint32_t box : by_layer()) {
      std::uint32_t first = earliest_[box];
      for_each(in_, box, [&](const Arc& arc) {
        const bool comes_along = is_leaf(arc.low) && arc.from == arc.low;
        first = std::max(first, (comes_along ? earliest_[arc.low] : end(arc)) + 1);
      });
      for_each_frame_around(box,
                            [&](std::uint32_t frame) { first = std::max(first, earliest[frame]); });
      move(box, first, layer_[box], false);
    }
  }

  void close_gaps() {
    std::vector<std::uint32_t> number;
    for (const std::uint32_t at : layer_) {
      if (at >= number.size()) number.resize(at + 1, 0);
      number[at] = 1;
    }
    std::uint32_t next = 0;
    for (std::uint32_t& each : number) each = each != 0 ? next++ : 0;
    for (std::uint32_t& at : layer_) at = number[at];
  }

  const Plan& plan_;
  std::uint32_t boxes_;
  std::vector<std::uint32_t> parent_, depth_;  // of frames
  std::vector<std::uint32_t> frame_;           // of boxes
  std::vector<Arc> arcs_;
  Neighbours in_, out_;  // arcs of boxes
  std::vector<std::uint32_t> layer_, earliest_;
  // The layers of what each box leads to, if that is more than one.
  std::vector<std::multiset<std::uint32_t>> users_;
};

}  // namespace

std::vector<std::uint32_t> layers_of_boxes(const Plan& plan) { return Layering(plan)(); }

}  // namespace nabla::viz::detail
