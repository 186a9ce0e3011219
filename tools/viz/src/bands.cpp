// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <utility>

#include "grouping.hpp"

namespace nabla::viz::detail {
namespace {

constexpr std::size_t kMaxDistance = 60;  // a longer row of boxes fits no screen
constexpr std::size_t kMostBands = 8, kBoxesPerBand = 8;

// Cuts the boxes that are not kept into bands of about as many nodes each, by how long a way leads to
// them; gives the band of each box. Says in the titles from where to where a band reaches.
std::vector<std::uint32_t> bands_of(const Partition& partition,
                                    const std::vector<std::vector<std::uint32_t>>& operands,
                                    const std::vector<bool>& is_kept, std::size_t count,
                                    std::vector<std::string>& titles) {
  std::vector<std::size_t> depth(partition.boxes.size(), 0), nodes(partition.boxes.size(), 0);
  for (std::uint32_t box = 0; box < depth.size(); ++box)
    for (const std::uint32_t operand : operands[box])
      if (operand < box) depth[box] = std::max(depth[box], depth[operand] + 1);
  std::size_t all = 0;
  for (const std::uint32_t box : partition.box_of) {
    if (box == kNoBox || is_kept[box]) continue;
    ++nodes[box];
    ++all;
  }
  std::map<std::size_t, std::size_t> at_depth;  // nodes
  for (std::size_t box = 0; box < depth.size(); ++box)
    if (!is_kept[box]) at_depth[depth[box]] += nodes[box];
  std::map<std::size_t, std::uint32_t> band_at;
  std::map<std::uint32_t, std::pair<std::size_t, std::size_t>> reach;
  std::size_t before = 0;
  for (const auto& [at, size] : at_depth) {
    const auto band = static_cast<std::uint32_t>(before * count / std::max<std::size_t>(all, 1));
    band_at[at] = band;
    reach.try_emplace(band, at, at).first->second.second = at;
    before += size;
  }
  titles.assign(count, {});
  for (const auto& [band, ends] : reach)
    titles[band] = "depth " + std::to_string(ends.first) +
                   (ends.first == ends.second ? "" : " to " + std::to_string(ends.second));
  std::vector<std::uint32_t> bands(depth.size(), 0);
  for (std::size_t box = 0; box < depth.size(); ++box)
    if (!is_kept[box]) bands[box] = band_at.at(depth[box]);
  return bands;
}

}  // namespace

Partition around_root(const Graph& graph, const Partition& partition, std::size_t max_boxes) {
  std::vector<std::vector<std::uint32_t>> operands(partition.boxes.size());
  for (const GraphEdge& edge : graph.edges) {
    const std::uint32_t from = partition.box_of[edge.from], to = partition.box_of[edge.to];
    if (from != kNoBox && to != kNoBox && from != to) operands[to].push_back(from);
  }
  std::vector<std::uint32_t> distance(partition.boxes.size(), kNoBox);
  // Without a box of the root, what was computed last stands for it.
  const std::uint32_t root = partition.box_of[graph.root];
  std::vector<std::uint32_t> kept{
      root != kNoBox ? root : static_cast<std::uint32_t>(partition.boxes.size() - 1)};
  distance[kept.front()] = 0;
  std::size_t levels = 1;  // each has bands of its own
  for (const GraphNode& node : graph.nodes) levels = std::max<std::size_t>(levels, node.level);
  const std::size_t band_count =
      std::clamp<std::size_t>(max_boxes / kBoxesPerBand / levels, 1, kMostBands);
  for (std::size_t at = 0; at < kept.size(); ++at) {
    const std::uint32_t next = distance[kept[at]] + 1;
    if (next > kMaxDistance) break;
    for (const std::uint32_t operand : operands[kept[at]]) {
      if (distance[operand] != kNoBox ||
          kept.size() + band_count * levels >= std::max<std::size_t>(max_boxes, 2))
        continue;
      distance[operand] = next;
      kept.push_back(operand);
    }
  }
  std::vector<bool> is_kept(partition.boxes.size(), false);
  for (const std::uint32_t box : kept) is_kept[box] = true;
  std::vector<std::string> titles;
  const std::vector<std::uint32_t> band =
      bands_of(partition, operands, is_kept, band_count, titles);
  std::vector<Box> boxes = partition.boxes;
  std::vector<std::uint32_t> label = partition.box_of;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> hidden;  // by band and level
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (label[i] == kNoBox || is_kept[label[i]]) continue;
    const auto [place, is_new] =
        hidden.try_emplace({band[label[i]], graph.nodes[partition.boxes[label[i]].node].level},
                           static_cast<std::uint32_t>(boxes.size()));
    if (is_new) boxes.push_back({.kind = Box::Kind::hidden, .title = titles[place->first.first]});
    label[i] = place->second;
  }
  return from_labels(graph, label, partition.part_of, boxes);
}

}  // namespace nabla::viz::detail
