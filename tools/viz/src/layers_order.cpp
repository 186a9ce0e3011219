// SPDX-License-Identifier: MIT
#include <algorithm>
#include <numeric>

#include "layers.hpp"

namespace nabla::viz::detail {
namespace {

constexpr int kMostSweeps = 24;
constexpr int kPatience = 8;                 // sweeps without a better order
constexpr std::size_t kFewVertices = 6'000;  // so many are worth exchanging neighbours
constexpr int kMostExchanges = 6;

class Orderer {
 public:
  explicit Orderer(Layers& layers)
      : layers_(layers), key_(layers.vertices.size()), place_(layers.vertices.size()) {
    members_.resize(layers.parent.size());
    for (std::uint32_t i = 0; i < layers.vertices.size(); ++i)
      members_[layers.vertices[i].frame].push_back({Step::Kind::vertex, i});
    for (std::uint32_t frame = 1; frame < layers.parent.size(); ++frame)
      if (layers.first[frame] <= layers.last[frame])
        members_[layers.parent[frame]].push_back({Step::Kind::open, frame});
  }

  std::size_t operator()() {
    start_depth_first();
    follow_keys();
    std::size_t best = crossings();
    std::vector<std::vector<std::uint32_t>> best_order = layers_.order;
    std::vector<Step> best_sequence = layers_.sequence;
    for (int sweep = 0, idle = 0; sweep < kMostSweeps && idle < kPatience && best > 0; ++sweep) {
      sweep_once(sweep % 2 == 0, sweep % 4 >= 2);
      if (layers_.has_frames()) follow_keys();
      if (layers_.vertices.size() <= kFewVertices) exchange_neighbours();
      const std::size_t now = crossings();
      ++idle;
      if (now >= best) continue;
      best = now;
      idle = 0;
      best_order = layers_.order;
      best_sequence = layers_.sequence;
    }
    layers_.order = std::move(best_order);
    layers_.sequence = std::move(best_sequence);
    if (!layers_.has_frames()) write_layers_as_sequence();
    return best;
  }

 private:
  // From the last layer back, what belongs together stands together.
  void start_depth_first() {
    std::vector<bool> seen(key_.size(), false);
    std::vector<std::uint32_t> waiting;
    double next = 0;
    for (std::uint32_t i = static_cast<std::uint32_t>(key_.size()); i-- > 0;) {
      if (layers_.after.count(i) == 0) waiting.push_back(i);
      while (!waiting.empty()) {
        const std::uint32_t vertex = waiting.back();
        waiting.pop_back();
        if (seen[vertex]) continue;
        seen[vertex] = true;
        key_[vertex] = next++;
        const std::uint32_t* const begin = layers_.before.begin(vertex);
        for (const std::uint32_t* each = layers_.before.end(vertex); each != begin;)
          waiting.push_back(*--each);
      }
    }
  }

  // Sorts what is in each frame by key, frames by the mean of their vertices, and the layers after
  // that.
  void follow_keys() {
    std::vector<double> sum(layers_.parent.size(), 0), count(sum.size(), 0);
    for (std::size_t i = 0; i < key_.size(); ++i) {
      sum[layers_.vertices[i].frame] += key_[i];
      ++count[layers_.vertices[i].frame];
    }
    for (std::size_t frame = sum.size(); frame-- > 1;) {
      sum[layers_.parent[frame]] += sum[frame];
      count[layers_.parent[frame]] += count[frame];
    }
    const auto key_of = [&](const Step& member) {
      return member.kind == Step::Kind::vertex ? key_[member.index]
                                               : sum[member.index] / count[member.index];
    };
    for (std::size_t frame = layers_.has_lanes ? 1 : 0; frame < members_.size(); ++frame)
      std::ranges::stable_sort(members_[frame], {}, key_of);
    write_sequence();
  }

  void write_sequence() {
    layers_.sequence.clear();
    for (std::vector<std::uint32_t>& layer : layers_.order) layer.clear();
    slot_.resize(key_.size());
    struct Open {
      std::uint32_t frame;
      std::size_t next;
    };
    std::vector<Open> open{{0, 0}};
    while (!open.empty()) {
      Open& at = open.back();
      if (at.next == members_[at.frame].size()) {
        if (at.frame != 0) layers_.sequence.push_back({Step::Kind::close, at.frame});
        open.pop_back();
        continue;
      }
      const Step member = members_[at.frame][at.next++];
      if (member.kind == Step::Kind::vertex) {
        std::vector<std::uint32_t>& layer = layers_.order[layers_.vertices[member.index].layer];
        layer.push_back(member.index);
        slot_[member.index] = layers_.sequence.size();
      }
      layers_.sequence.push_back(member);
      if (member.kind == Step::Kind::open) open.push_back({member.index, 0});
    }
    for (const std::vector<std::uint32_t>& layer : layers_.order) number(layer);
  }

  // Without frames layers do not depend on each other.
  void write_layers_as_sequence() {
    layers_.sequence.clear();
    for (const std::vector<std::uint32_t>& layer : layers_.order)
      for (const std::uint32_t vertex : layer)
        layers_.sequence.push_back({Step::Kind::vertex, vertex});
  }

  // Places count from the middle of a layer, so that layers of different size compare.
  void number(const std::vector<std::uint32_t>& layer) {
    const double middle = (static_cast<double>(layer.size()) - 1) / 2;
    for (std::size_t i = 0; i < layer.size(); ++i)
      place_[layer[i]] = static_cast<double>(i) - middle;
  }

  // Moves each layer to the barycentres of the one before (or after) it. What has the same one keeps
  // its order, or is turned around, as in every other pair of sweeps: there may be a way out.
  void sweep_once(bool forward, bool turned) {
    const Neighbours& neighbours = forward ? layers_.before : layers_.after;
    const std::size_t count = layers_.order.size();
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<std::uint32_t>& layer = layers_.order[forward ? i : count - 1 - i];
      for (const std::uint32_t vertex : layer) {
        key_[vertex] = place_[vertex];
        if (neighbours.count(vertex) == 0) continue;
        double sum = 0;
        for (const std::uint32_t* each = neighbours.begin(vertex); each != neighbours.end(vertex);
             ++each)
          sum += place_[*each];
        key_[vertex] = sum / static_cast<double>(neighbours.count(vertex));
      }
      if (turned) std::ranges::reverse(layer);
      std::ranges::stable_sort(layer, {}, [this](std::uint32_t v) { return key_[v]; });
      number(layer);
    }
    key_ = place_;
  }

  // Crossings of the lines between two vertices of a layer, if `a` is above `b`, and the other way.
  void count_between(std::uint32_t a, std::uint32_t b, std::size_t& as_is, std::size_t& exchanged) {
    for (const Neighbours* neighbours : {&layers_.before, &layers_.after}) {
      for (const std::uint32_t* u = neighbours->begin(a); u != neighbours->end(a); ++u) {
        for (const std::uint32_t* w = neighbours->begin(b); w != neighbours->end(b); ++w) {
          if (layers_.vertices[*u].layer != layers_.vertices[*w].layer) continue;
          as_is += place_[*u] > place_[*w] ? 1U : 0U;
          exchanged += place_[*u] < place_[*w] ? 1U : 0U;
        }
      }
    }
  }

  void exchange_neighbours() {
    bool changed = true;
    for (int turn = 0; turn < kMostExchanges && changed; ++turn) {
      changed = false;
      for (std::vector<std::uint32_t>& layer : layers_.order) {
        for (std::size_t i = 0; i + 1 < layer.size(); ++i) {
          std::uint32_t &a = layer[i], &b = layer[i + 1];
          if (layers_.vertices[a].frame != layers_.vertices[b].frame) continue;
          std::size_t as_is = 0, exchanged = 0;
          count_between(a, b, as_is, exchanged);
          if (exchanged >= as_is) continue;
          std::swap(layers_.sequence[slot_[a]], layers_.sequence[slot_[b]]);
          std::swap(slot_[a], slot_[b]);
          std::swap(place_[a], place_[b]);
          std::swap(a, b);
          changed = true;
        }
      }
    }
    key_ = place_;
  }

  // Inversions, counted in a binary indexed tree over the places of the layer behind.
  [[nodiscard]] std::size_t crossings() {
    std::size_t total = 0;
    std::vector<std::size_t> tree;
    std::vector<std::uint32_t> index(key_.size());
    for (const std::vector<std::uint32_t>& layer : layers_.order)
      for (std::uint32_t i = 0; i < layer.size(); ++i) index[layer[i]] = i;
    std::vector<std::uint32_t> targets;
    for (std::size_t l = 0; l + 1 < layers_.order.size(); ++l) {
      tree.assign(layers_.order[l + 1].size() + 1, 0);
      std::size_t seen = 0;
      for (const std::uint32_t vertex : layers_.order[l]) {
        targets.clear();
        for (const std::uint32_t* to = layers_.after.begin(vertex); to != layers_.after.end(vertex);
             ++to)
          if (layers_.vertices[*to].layer == l + 1) targets.push_back(index[*to]);
        for (const std::uint32_t target : targets) {
          std::size_t not_behind = 0;
          for (std::size_t i = target + 1; i > 0; i &= i - 1) not_behind += tree[i];
          total += seen - not_behind;
        }
        for (const std::uint32_t target : targets) {
          for (std::size_t i = target + 1; i < tree.size(); i += i & (~i + 1)) ++tree[i];
          ++seen;
        }
      }
    }
    return total;
  }

  Layers& layers_;
  std::vector<double> key_, place_;
  std::vector<std::vector<Step>> members_;  ///< of each frame: vertices, and frames to open
  std::vector<std::size_t> slot_;           ///< of vertices in the sequence
};

}  // namespace

std::size_t order_layers(Layers& layers) { return Orderer(layers)(); }

}  // namespace nabla::viz::detail
