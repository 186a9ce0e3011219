// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "grouping.hpp"

namespace nabla::viz::detail {
namespace {

constexpr std::size_t kMostPeriods = 12;  // that are tried
constexpr std::size_t kNamedOps = 4;      // in the title of a step

// Boxes in the order of computation, without leaves, and how like each other they are.
class Sequence {
 public:
  Sequence(const Graph& graph, const Partition& partition)
      : graph_(graph),
        partition_(partition),
        operands_(partition.boxes.size()),
        place_(partition.boxes.size(), kNoBox) {
    for (const GraphEdge& edge : graph.edges) {
      const std::uint32_t from = partition.box_of[edge.from], to = partition.box_of[edge.to];
      if (from != kNoBox && to != kNoBox && from != to) operands_[to].push_back(from);
    }
    for (std::uint32_t box = 0; box < partition.boxes.size(); ++box) {
      if (is_leaf(box)) continue;
      place_[box] = static_cast<std::uint32_t>(boxes_.size());
      boxes_.push_back(box);
      looks_.push_back(look_of(box));
    }
  }

  [[nodiscard]] std::size_t size() const { return boxes_.size(); }
  [[nodiscard]] std::uint32_t box(std::size_t place) const { return boxes_[place]; }
  [[nodiscard]] Key look(std::size_t place) const { return looks_[place]; }
  /// Of a box; kNoBox of a leaf.
  [[nodiscard]] std::uint32_t place(std::uint32_t box) const { return place_[box]; }

  /// The same is done with the same, or with what came out one period ago.
  [[nodiscard]] bool repeats(std::size_t at, std::size_t period) const {
    if (looks_[at] != looks_[at + period]) return false;
    const std::vector<std::uint32_t>&a = operands_[boxes_[at]], &b = operands_[boxes_[at + period]];
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const bool are_leaves = place_[a[i]] == kNoBox && place_[b[i]] == kNoBox;
      const bool is_moved = place_[a[i]] != kNoBox && place_[a[i]] + period == place_[b[i]];
      if (a[i] != b[i] && !is_moved && !(are_leaves && role(a[i]) == role(b[i]))) return false;
    }
    return true;
  }

  /// [begin, begin + period) belongs to the computation alone, or to one of its gradients.
  [[nodiscard]] bool has_one_level(std::size_t begin, std::size_t period) const {
    for (std::size_t at = begin; at < begin + period; ++at)
      if (node(boxes_[at]).level != node(boxes_[begin]).level) return false;
    return true;
  }

  /// How much in [begin, begin + period) is computed from what stands from `first` on.
  [[nodiscard]] std::size_t arrows(std::size_t first, std::size_t begin, std::size_t period) const {
    std::size_t count = 0;
    for (std::size_t at = begin; at < begin + period; ++at)
      for (const std::uint32_t operand : operands_[boxes_[at]])
        count += place_[operand] != kNoBox && place_[operand] >= first ? 1U : 0U;
    return count;
  }

  /// How far apart things are that look alike, most frequent first.
  [[nodiscard]] std::vector<std::size_t> periods() const {
    std::unordered_map<std::size_t, std::size_t> counts;
    // What is rare in a step is found alone, what is not together with what follows.
    for (const std::size_t length : {std::size_t{1}, std::size_t{4}, std::size_t{16}}) {
      std::unordered_map<Key, std::size_t> last;
      for (std::size_t i = 0; i + length <= looks_.size(); ++i) {
        Key key = 0;
        for (std::size_t k = 0; k < length; ++k) key = mix(key, looks_[i + k]);
        const auto [known, is_new] = last.try_emplace(key, i);
        if (is_new) continue;
        ++counts[i - known->second];
        known->second = i;
      }
    }
    std::vector<std::pair<std::size_t, std::size_t>> sorted(counts.begin(), counts.end());
    std::ranges::sort(sorted, [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    std::vector<std::size_t> periods;
    for (const auto& [period, count] : sorted)
      if (periods.size() < kMostPeriods && count >= kMinRepeats) periods.push_back(period);
    return periods;
  }

 private:
  [[nodiscard]] const GraphNode& node(std::uint32_t box) const {
    return graph_.nodes[partition_.boxes[box].node];
  }
  [[nodiscard]] Role role(std::uint32_t box) const { return node(box).role; }
  [[nodiscard]] bool is_leaf(std::uint32_t box) const {
    return operands_[box].empty() && node(box).op.empty();
  }
  [[nodiscard]] Key look_of(std::uint32_t index) const {
    const Box& box = partition_.boxes[index];
    if (box.node == graph_.root) return mix(text_key("root"), index);
    const GraphNode& last = node(index);
    Key key =
        mix(static_cast<Key>(box.kind), text_key(box.title.empty() ? last.op->name : box.title));
    for (const std::int64_t extent : last.tensor->shape) key = mix(key, static_cast<Key>(extent));
    return mix(mix(key, box.scope), last.level);
  }

  const Graph& graph_;
  const Partition& partition_;
  std::vector<std::vector<std::uint32_t>> operands_;  // of boxes
  std::vector<std::uint32_t> place_;                  // of boxes
  std::vector<std::uint32_t> boxes_;                  // in their places
  std::vector<Key> looks_;
};

/// `count` steps of `period` boxes each, one after another.
struct Run {
  std::size_t begin, period, count;
  [[nodiscard]] std::size_t end() const { return begin + period * count; }
};

// Steps may begin anywhere in the period; they do where most of what one computes stays inside. The
// first step may be special, so the second tells.
std::size_t best_begin(const Sequence& sequence, std::size_t begin, std::size_t end,
                       std::size_t period) {
  constexpr std::size_t kMostTried = 64;
  std::size_t best = begin, most = 0;
  for (std::size_t i = 0; i < std::min(period, kMostTried) && begin + i + 2 * period <= end; ++i) {
    const std::size_t second = begin + i + period;
    const std::size_t inside = sequence.arrows(second, second, period);
    if (inside <= most) continue;
    most = inside;
    best = begin + i;
  }
  return best;
}

// What is folded of the runs with this period: all steps but the first and the last.
std::vector<Run> runs_of(const Sequence& sequence, std::size_t period) {
  std::vector<Run> runs;
  std::size_t free = 0;
  for (std::size_t at = 0; at + period < sequence.size(); ++at) {
    if (!sequence.repeats(at, period)) continue;
    // The first step may look like the others and start from something else.
    std::size_t begin = at;
    while (begin > free && at - begin + 1 < period &&
           sequence.look(begin - 1) == sequence.look(begin - 1 + period))
      --begin;
    while (at + period < sequence.size() && sequence.repeats(at, period)) ++at;
    begin = best_begin(sequence, begin, at + period, period);
    const std::size_t steps = (at + period - begin) / period;
    if (steps < kMinRepeats + 2 || !sequence.has_one_level(begin, period)) continue;
    runs.push_back({begin + period, period, steps - 2});
    free = begin + steps * period;
  }
  return runs;
}

std::size_t saved_boxes(const std::vector<Run>& runs) {
  std::size_t saved = 0;
  for (const Run& run : runs) saved += run.period * run.count - 1;
  return saved;
}

// "step: mul, add, tanh", or without the first word where they do not lead from one to the next.
std::string title_of(const Graph& graph, const Partition& partition, const Sequence& sequence,
                     const Run& run) {
  const std::size_t second = run.begin + run.period;
  const bool is_row =
      sequence.arrows(run.begin, second, run.period) > sequence.arrows(second, second, run.period);
  std::string title = is_row ? "step: " : "";
  for (std::size_t i = 0; i < std::min(run.period, kNamedOps); ++i) {
    const Box& box = partition.boxes[sequence.box(run.begin + i)];
    title +=
        (i == 0 ? "" : ", ") + (box.title.empty() ? graph.nodes[box.node].op->name : box.title);
  }
  return run.period > kNamedOps ? title + ", \xE2\x80\xA6" : title;
}

std::uint32_t scope_around(const Graph& graph, std::uint32_t a, std::uint32_t b) {
  while (a != b) {
    std::uint32_t& inner = a > b ? a : b;  // a parent has a smaller number
    inner = graph.scopes[inner].parent;
  }
  return a;
}

Partition folded(const Graph& graph, const Partition& partition, const Sequence& sequence,
                 const std::vector<Run>& runs) {
  std::vector<Box> boxes = partition.boxes;
  std::vector<std::uint32_t> now(boxes.size()), part(boxes.size(), kNoBox);
  for (std::uint32_t i = 0; i < now.size(); ++i) now[i] = i;
  for (const Run& run : runs) {
    const std::uint32_t first = sequence.box(run.begin);
    Box box{.kind = Box::Kind::group,
            .scope = boxes[first].scope,
            .title = title_of(graph, partition, sequence, run),
            .repeat = run.count};
    for (std::size_t place = run.begin; place < run.end(); ++place) {
      const std::uint32_t member = sequence.box(place);
      now[member] = first;
      part[member] = static_cast<std::uint32_t>((place - run.begin) / run.period);
      box.scope = scope_around(graph, box.scope, boxes[member].scope);
    }
    boxes[first] = box;
  }
  // Leaves that one step alone uses belong to it.
  std::vector<std::uint32_t> user(boxes.size(), kNoBox), step(boxes.size(), kNoBox);
  std::vector<bool> is_shared(boxes.size(), false);
  for (const GraphEdge& edge : graph.edges) {
    const std::uint32_t from = partition.box_of[edge.from], to = partition.box_of[edge.to];
    if (from == kNoBox || to == kNoBox || sequence.place(from) != kNoBox || from == to) continue;
    const bool is_other = user[from] != kNoBox && (user[from] != now[to] || step[from] != part[to]);
    is_shared[from] = is_shared[from] || is_other || part[to] == kNoBox;
    user[from] = now[to];
    step[from] = part[to];
  }
  for (std::uint32_t box = 0; box < now.size(); ++box) {
    if (user[box] == kNoBox || is_shared[box] ||
        graph.nodes[partition.boxes[box].node].level !=
            graph.nodes[partition.boxes[user[box]].node].level)
      continue;
    now[box] = user[box];
    part[box] = step[box];
  }
  std::vector<std::uint32_t> label = partition.box_of, part_of = partition.part_of;
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (label[i] == kNoBox) continue;
    if (part[label[i]] != kNoBox) part_of[i] = part[label[i]];
    label[i] = now[label[i]];
  }
  return from_labels(graph, label, std::move(part_of), boxes);
}

}  // namespace

Partition fold_steps(const Graph& graph, const Partition& partition) {
  const Sequence sequence(graph, partition);
  std::vector<Run> best;
  for (const std::size_t period : sequence.periods()) {
    std::vector<Run> runs = runs_of(sequence, period);
    if (saved_boxes(runs) > saved_boxes(best)) best = std::move(runs);
  }
  if (best.empty()) return partition;
  return folded(graph, partition, sequence, best);
}

std::vector<std::uint32_t> ends_of_rows(const Graph& graph, const Scopes& scopes,
                                        const std::vector<std::uint32_t>& closed,
                                        const Partition& partition) {
  // Which siblings of a box lead to the next one.
  std::vector<std::set<std::uint32_t>> leads(partition.boxes.size());
  for (const GraphEdge& edge : graph.edges) {
    const std::uint32_t box = partition.box_of[edge.from];
    if (box == kNoBox || box != partition.box_of[edge.to]) continue;
    const std::uint32_t part = partition.part_of[edge.from];
    if (part + 1 == partition.part_of[edge.to]) leads[box].insert(part);
  }
  std::set<std::uint32_t> ends;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::uint32_t index = partition.box_of[i];
    if (index == kNoBox) continue;
    const Box& box = partition.boxes[index];
    const bool is_row = box.repeat >= kMinRepeats + 2 && leads[index].size() + 1 == box.repeat;
    const bool is_end = partition.part_of[i] == 0 || partition.part_of[i] + 1 == box.repeat;
    if (is_row && is_end && closed[scopes.home[i]] != kNoBox) ends.insert(closed[scopes.home[i]]);
  }
  return {ends.begin(), ends.end()};
}

}  // namespace nabla::viz::detail
