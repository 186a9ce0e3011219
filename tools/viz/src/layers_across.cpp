// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>

#include "layers.hpp"

namespace nabla::viz::detail {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kRounds = 16;
constexpr std::uint32_t kNone = 0xFFFF'FFFF;
constexpr double kTouch = 1e-6;  // points: more than what is rounded

// All constraints are differences: what comes later in the sequence stands below what came before, in
// each layer. Pushing everything down from where it wants to be until nothing overlaps is one
// solution, pushing up another; their mean is one too, since the solutions are a convex set.
class Across {
 public:
  Across(const Plan& plan, const Layers& layers)
      : layers_(layers),
        em_(plan.em),
        above_(plan.titles_in_front ? plan.padding() : plan.title()),
        below_(plan.padding()),
        wish_(layers.vertices.size()) {
    now_.centre.resize(layers.vertices.size());
    now_.top.resize(layers.parent.size());
    now_.bottom.resize(layers.parent.size());
    edge_.resize(layers.order.size());
  }

  Heights operator()() {
    for (const std::vector<std::uint32_t>& layer : layers_.order) {
      double at = 0;
      for (const std::uint32_t vertex : layer) at += height(vertex) + 1.5 * em_;
      at = -at / 2;
      for (const std::uint32_t vertex : layer) {
        wish_[vertex] = at + height(vertex) / 2;
        at += height(vertex) + 1.5 * em_;
      }
    }
    settle();
    for (int round = 0; round < kRounds; ++round) {
      if (round + 4 < kRounds)
        wish_towards(round % 2 == 0);
      else
        wish_between();
      settle();
    }
    straighten();
    settle();
    return std::move(now_);
  }

 private:
  [[nodiscard]] const Vertex& vertex(std::uint32_t index) const { return layers_.vertices[index]; }
  [[nodiscard]] double height(std::uint32_t index) const { return vertex(index).height; }

  // Each wants to be where its neighbours on one side are; bends follow their line through.
  void wish_towards(bool forward) {
    const Neighbours& neighbours = forward ? layers_.before : layers_.after;
    const std::size_t count = layers_.order.size();
    for (std::size_t i = 0; i < count; ++i) {
      for (const std::uint32_t v : layers_.order[forward ? i : count - 1 - i]) {
        wish_[v] = now_.centre[v];
        if (neighbours.count(v) == 0) continue;
        double sum = 0;
        for (const std::uint32_t* each = neighbours.begin(v); each != neighbours.end(v); ++each)
          sum += vertex(*each).kind == Vertex::Kind::box ? now_.centre[*each] : wish_[*each];
        wish_[v] = sum / static_cast<double>(neighbours.count(v));
      }
    }
  }
  void wish_between() {
    for (std::uint32_t v = 0; v < wish_.size(); ++v) {
      double sum = 0;
      std::size_t count = 0;
      for (const Neighbours* neighbours : {&layers_.before, &layers_.after}) {
        for (const std::uint32_t* each = neighbours->begin(v); each != neighbours->end(v); ++each)
          sum += now_.centre[*each];
        count += neighbours->count(v);
      }
      wish_[v] = count == 0 ? now_.centre[v] : sum / static_cast<double>(count);
    }
  }

  // Lines want to be at one height for as many layers as there is room, where they come from or where
  // they go to, so that they bend little.
  void straighten() {
    wish_ = now_.centre;
    const std::vector<double> least = beside_frames(true), most = beside_frames(false);
    std::vector<std::uint32_t> slot(wish_.size());
    for (const std::vector<std::uint32_t>& layer : layers_.order)
      for (std::uint32_t i = 0; i < layer.size(); ++i) slot[layer[i]] = i;
    const auto room = [&](std::uint32_t v) {
      const std::vector<std::uint32_t>& layer = layers_.order[vertex(v).layer];
      std::pair<double, double> heights{least[v], most[v]};
      if (slot[v] > 0)
        heights.first = std::max(heights.first, next_to(layer[slot[v] - 1], vertex(v), 1));
      if (slot[v] + 1 < layer.size())
        heights.second = std::min(heights.second, next_to(layer[slot[v] + 1], vertex(v), -1));
      return heights;
    };
    std::vector<std::uint32_t> run;
    for (std::uint32_t first = 0; first < wish_.size(); ++first) {
      if (!is_bend(first) || next_bend(*layers_.before.begin(first)) == first) continue;
      double low = -kInfinity, high = kInfinity;
      for (std::uint32_t v = first;; v = next_bend(v)) {
        const auto [top, bottom] = v == kNone ? std::pair{kInfinity, -kInfinity} : room(v);
        if (std::max(low, top) > std::min(high, bottom) + kTouch) {
          if (!run.empty()) move_to(run, low, high);
          run.clear();
          low = -kInfinity, high = kInfinity;
        }
        if (v == kNone) break;
        run.push_back(v);
        low = std::max(low, top);
        high = std::min(high, bottom);
      }
    }
  }
  // A line from layer to layer, to its height between these.
  void move_to(const std::vector<std::uint32_t>& run, double low, double high) {
    const double from = wish_[*layers_.before.begin(run.front())];
    const double to = wish_[*layers_.after.begin(run.back())];
    const double height = low <= to && to <= high && (from < low || from > high) ? to : from;
    for (const std::uint32_t v : run) wish_[v] = std::clamp(height, low, std::max(low, high));
  }
  [[nodiscard]] bool is_bend(std::uint32_t index) const {
    return vertex(index).kind == Vertex::Kind::bend;
  }
  // That by which a line goes on from a bend; of several that part there the first.
  [[nodiscard]] std::uint32_t next_bend(std::uint32_t index) const {
    if (!is_bend(index)) return kNone;
    const std::uint32_t* const end = layers_.after.end(index);
    const std::uint32_t* const next = std::find_if(layers_.after.begin(index), end,
                                                   [this](std::uint32_t v) { return is_bend(v); });
    return next == end ? kNone : *next;
  }
  // How far up (sign -1) or down (sign 1) of a vertex another one in its layer can be.
  [[nodiscard]] double next_to(std::uint32_t index, const Vertex& other, double sign) const {
    const double apart = gap({0, vertex(index).kind, false}, other.kind);
    return wish_[index] + sign * (apart + (height(index) + other.height) / 2);
  }
  // How far up, or down, the frames in its layer let each vertex go.
  [[nodiscard]] std::vector<double> beside_frames(bool up) const {
    const double sign = up ? 1 : -1;
    std::vector<double> result(wish_.size());
    std::vector<Edge> sides(layers_.order.size());
    const std::size_t count = layers_.sequence.size();
    for (std::size_t i = 0; i < count; ++i) {
      const Step& step = layers_.sequence[up ? i : count - 1 - i];
      if (step.kind == Step::Kind::vertex) {
        const Vertex& each = vertex(step.index);
        const Edge& side = sides[each.layer];
        result[step.index] = sign * (side.at + gap(side, each.kind) + each.height / 2);
        continue;
      }
      const bool opens = step.kind == Step::Kind::open;
      const double at = sign * (opens ? now_.top : now_.bottom)[step.index];
      std::fill(sides.begin() + layers_.first[step.index],
                sides.begin() + layers_.last[step.index] + 1, side_of_frame(at, opens == up, up));
    }
    return result;
  }

  void settle() {
    wish_for_frames();
    const Heights low = pushed(true), high = pushed(false);
    const auto mean = [](const std::vector<double>& a, const std::vector<double>& b,
                         std::vector<double>& to) {
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = (a[i] + b[i]) / 2;
    };
    mean(low.centre, high.centre, now_.centre);
    mean(low.top, high.top, now_.top);
    mean(low.bottom, high.bottom, now_.bottom);
  }

  // A frame wants to be just around its boxes.
  void wish_for_frames() {
    frame_top_.assign(layers_.parent.size(), kInfinity);
    frame_bottom_.assign(layers_.parent.size(), -kInfinity);
    if (!layers_.has_frames()) return;
    for (std::uint32_t v = 0; v < wish_.size(); ++v) {
      double top = wish_[v] - height(v) / 2, bottom = wish_[v] + height(v) / 2;
      for (std::uint32_t frame = vertex(v).frame; frame != 0; frame = layers_.parent[frame]) {
        top -= above_;
        bottom += below_;
        frame_top_[frame] = std::min(frame_top_[frame], top);
        frame_bottom_[frame] = std::max(frame_bottom_[frame], bottom);
      }
    }
  }

  // Between what is next to each other in a layer.
  struct Edge {
    double at = -kInfinity;                 ///< where the part of the layer that is filled ends
    Vertex::Kind kind = Vertex::Kind::box;  ///< of what is there
    bool is_inside = false;  ///< the side of a frame, with the room that is kept from it
  };
  [[nodiscard]] double gap(const Edge& edge, Vertex::Kind kind) const {
    if (edge.is_inside) return 0;
    if (edge.kind == Vertex::Kind::box && kind == Vertex::Kind::box) return 1.5 * em_;
    if (edge.kind == Vertex::Kind::bend && kind == Vertex::Kind::bend) return 0.6 * em_;
    return 0.9 * em_;
  }
  // What follows a side of a frame, its upper one if going `down`: inside keeps a distance from it, outside
  // one from the frame as from a box.
  [[nodiscard]] Edge side_of_frame(double at, bool enters, bool down) const {
    if (!enters) return {at, Vertex::Kind::box, false};
    return {at + (down ? above_ : below_), Vertex::Kind::box, true};
  }

  // Down from the top, or up from the bottom: the same in a mirror.
  [[nodiscard]] Heights pushed(bool down) {
    const double sign = down ? 1 : -1;
    std::ranges::fill(edge_, Edge{});
    Heights result{std::vector<double>(wish_.size()), std::vector<double>(layers_.parent.size()),
                   std::vector<double>(layers_.parent.size())};
    const std::size_t count = layers_.sequence.size();
    for (std::size_t i = 0; i < count; ++i) {
      const Step& step = layers_.sequence[down ? i : count - 1 - i];
      if (step.kind == Step::Kind::vertex) {
        Edge& edge = edge_[vertex(step.index).layer];
        const double half = height(step.index) / 2;
        const Vertex::Kind kind = vertex(step.index).kind;
        const double centre = std::max(sign * wish_[step.index], edge.at + gap(edge, kind) + half);
        result.centre[step.index] = sign * centre;
        edge = {centre + half, kind, false};
        continue;
      }
      const std::uint32_t frame = step.index;
      const std::uint32_t first = layers_.first[frame], last = layers_.last[frame];
      const bool enters = (step.kind == Step::Kind::open) == down;
      std::vector<double>& side = step.kind == Step::Kind::open ? result.top : result.bottom;
      double at = -kInfinity;
      for (std::uint32_t layer = first; layer <= last; ++layer)
        at = std::max(at, edge_[layer].at + (enters ? gap(edge_[layer], Vertex::Kind::box) : 0));
      if (enters)
        at = std::max(at, sign * (down ? frame_top_[frame] : frame_bottom_[frame]));
      else
        at += down ? below_ : above_;
      side[frame] = sign * at;
      for (std::uint32_t layer = first; layer <= last; ++layer)
        edge_[layer] = side_of_frame(at, enters, down);
    }
    return result;
  }

  const Layers& layers_;
  double em_;
  double above_, below_;  // the boxes of a frame
  std::vector<double> wish_, frame_top_, frame_bottom_;
  std::vector<Edge> edge_;
  Heights now_;
};

}  // namespace

Heights place_across(const Plan& plan, const Layers& layers) { return Across(plan, layers)(); }

}  // namespace nabla::viz::detail
