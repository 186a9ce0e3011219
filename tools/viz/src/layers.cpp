// SPDX-License-Identifier: MIT
#include "layers.hpp"

#include <algorithm>
#include <unordered_map>

namespace nabla::viz::detail {
namespace {

using Pair = std::pair<std::uint32_t, std::uint32_t>;

class Maker {
 public:
  explicit Maker(const Plan& plan) : plan_(plan) {
    const bool has_labels = std::ranges::any_of(
        plan.links, [](const Plan::Link& link) { return link.label_width > 0; });
    for (const Plan::Frame& frame : plan.frames) {
      layers_.depth.push_back(layers_.parent.empty() ? 0 : layers_.depth[frame.parent] + 1);
      layers_.parent.push_back(frame.parent);
      layers_.has_lanes = layers_.has_lanes || frame.is_lane;
    }
    const std::vector<std::uint32_t> layer = layers_of_boxes(plan);
    const std::uint32_t step = has_labels ? 2 : 1;
    for (std::size_t i = 0; i < plan.boxes.size(); ++i) {
      const Plan::Box& box = plan.boxes[i];
      layers_.vertices.push_back(
          {Vertex::Kind::box, step * layer[i], box.frame, box.width, box.height});
    }
    find_spans();
  }

  Layers operator()() {
    most_vertices_ = 5 * (plan_.boxes.size() + plan_.links.size()) + 10'000;
    for (std::uint32_t i = 0; i < plan_.links.size(); ++i) add_path(i);
    std::vector<Pair> back;
    for (const auto& [low, high] : pieces_) back.emplace_back(high, low);
    layers_.after = Neighbours(layers_.vertices.size(), pieces_);
    layers_.before = Neighbours(layers_.vertices.size(), back);
    std::uint32_t layer_count = 0;
    for (const Vertex& vertex : layers_.vertices)
      layer_count = std::max(layer_count, vertex.layer + 1);
    layers_.order.resize(layer_count);
    return std::move(layers_);
  }

 private:
  void find_spans() {
    layers_.first.assign(layers_.parent.size(), 0xFFFF'FFFF);
    layers_.last.assign(layers_.parent.size(), 0);
    for (const Vertex& vertex : layers_.vertices) {
      for (std::uint32_t frame = vertex.frame;; frame = layers_.parent[frame]) {
        layers_.first[frame] = std::min(layers_.first[frame], vertex.layer);
        layers_.last[frame] = std::max(layers_.last[frame], vertex.layer);
        if (frame == 0) break;
      }
    }
    for (std::size_t frame = 1; frame < layers_.parent.size(); ++frame) {
      if (!plan_.frames[frame].is_lane) continue;
      layers_.first[frame] = layers_.first[0];
      layers_.last[frame] = layers_.last[0];
    }
  }

  // The innermost frame around both.
  [[nodiscard]] std::uint32_t common(std::uint32_t a, std::uint32_t b) const {
    while (a != b) {
      std::uint32_t& inner = layers_.depth[a] >= layers_.depth[b] ? a : b;
      inner = layers_.parent[inner];
    }
    return a;
  }

  // The frame in which a line between the two passes this layer: it leaves a frame where that ends
  // and enters one where that begins.
  [[nodiscard]] std::uint32_t frame_at(const Vertex& low, const Vertex& high,
                                       std::uint32_t layer) const {
    const std::uint32_t outer = common(low.frame, high.frame);
    std::uint32_t leaves = low.frame, enters = high.frame;
    while (leaves != outer && layers_.last[leaves] < layer) leaves = layers_.parent[leaves];
    while (enters != outer && layers_.first[enters] > layer) enters = layers_.parent[enters];
    if (leaves == outer) return enters;
    if (enters == outer) return leaves;
    return layer - low.layer <= high.layer - layer ? leaves : enters;
  }

  // Lines of one box that go the same way are one until they part: so this goes back from the end
  // until it meets one that is there.
  void add_path(std::uint32_t index) {
    Path& path = layers_.paths.emplace_back();
    const Plan::Link& link = plan_.links[index];
    const auto [low, high] = std::minmax(link.from, link.to);
    if (low == high) return;
    const Vertex from = layers_.vertices[low], to = layers_.vertices[high];
    const bool is_bent = layers_.vertices.size() < most_vertices_;
    std::uint32_t next = high;
    for (std::uint32_t layer = to.layer - 1; layer > from.layer && !path.is_branch; --layer) {
      const auto vertex = static_cast<std::uint32_t>(layers_.vertices.size());
      const std::uint32_t frame = frame_at(from, to, layer);
      if (layer + 1 == to.layer && link.label_width > 0) {
        layers_.vertices.push_back(
            {Vertex::Kind::label, layer, frame, link.label_width, link.label_height});
      } else if (!is_bent) {
        break;
      } else if (const auto [place, is_new] =
                     bends_.try_emplace(key_of(index, layer, frame), vertex);
                 is_new) {
        layers_.vertices.push_back({Vertex::Kind::bend, layer, frame, 0, 0});
      } else {
        path.is_branch = true;
        path.vertices.push_back(place->second);
        pieces_.emplace_back(place->second, next);
        continue;
      }
      path.vertices.push_back(vertex);
      pieces_.emplace_back(vertex, next);
      next = vertex;
    }
    if (!path.is_branch) pieces_.emplace_back(low, next);
    std::ranges::reverse(path.vertices);
  }

  // Of what may be shared: links that go forward from one box and look alike.
  [[nodiscard]] std::uint64_t key_of(std::uint32_t index, std::uint32_t layer,
                                     std::uint32_t frame) const {
    const Plan::Link& link = plan_.links[index];
    const bool is_forward = link.from < link.to;
    const std::uint64_t source = is_forward ? 2 * std::uint64_t{link.from} + (link.is_faint ? 1 : 0)
                                            : 2 * plan_.boxes.size() + index;
    return (source * (layers_.last[0] + 1) + layer) * layers_.parent.size() + frame;
  }

  const Plan& plan_;
  Layers layers_;
  std::vector<Pair> pieces_;
  std::unordered_map<std::uint64_t, std::uint32_t> bends_;
  std::size_t most_vertices_ = 0;  // beyond it lines go straight
};

}  // namespace

Neighbours::Neighbours(std::size_t vertices, const std::vector<Pair>& pairs)
    : first_(vertices + 1, 0), all_(pairs.size()) {
  for (const auto& [from, to] : pairs) ++first_[from + 1];
  for (std::size_t i = 0; i < vertices; ++i) first_[i + 1] += first_[i];
  std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
  for (const auto& [from, to] : pairs) all_[next[from]++] = to;
}

Layers make_layers(const Plan& plan) { return Maker(plan)(); }

}  // namespace nabla::viz::detail
