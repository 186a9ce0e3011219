// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>

#include "layers.hpp"

namespace nabla::viz::detail {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kRounds = 16;

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
    double at;          ///< where the part of the layer that is filled ends
    Vertex::Kind kind;  ///< of what is there
  };
  [[nodiscard]] double gap(const Edge& edge, Vertex::Kind kind) const {
    if (edge.kind == Vertex::Kind::box && kind == Vertex::Kind::box) return 1.5 * em_;
    if (edge.kind == Vertex::Kind::bend && kind == Vertex::Kind::bend) return 0.6 * em_;
    return 0.9 * em_;
  }

  // Down from the top, or up from the bottom: the same in a mirror.
  [[nodiscard]] Heights pushed(bool down) {
    const double sign = down ? 1 : -1;
    std::ranges::fill(edge_, Edge{-kInfinity, Vertex::Kind::box});
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
        edge = {centre + half, kind};
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
      // What follows inside keeps a distance from the side, outside one from the frame as from a box.
      const double inside =
          enters ? (down ? above_ : below_) - gap({0, Vertex::Kind::box}, Vertex::Kind::box) : 0;
      for (std::uint32_t layer = first; layer <= last; ++layer)
        edge_[layer] = {at + inside, Vertex::Kind::box};
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
