// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nabla/viz/view.hpp>

// Grouping decides which nodes of a graph share a box. It works on plain indices: `Scopes` knows
// where each node stands, `Partition` says which box each node is in.

namespace nabla::viz::detail {

/// Frames nest at most so deep; what stands deeper is drawn in the frame above.
inline constexpr std::size_t kMaxFrameDepth = 8;

struct Scopes {
  std::vector<std::uint32_t> home;   ///< scope of each node, at most kMaxFrameDepth deep
  std::vector<std::uint32_t> depth;  ///< of each scope; the root has 0
  std::vector<std::uint32_t> parent;
  std::size_t deepest = 0;  ///< among the homes

  /// The ancestor of `scope` at `level`, or `scope` if it is not deeper.
  [[nodiscard]] std::uint32_t at_level(std::uint32_t scope, std::size_t level) const;
};

/// Where nodes stand. Parameters, unnamed constants, and inputs that only one scope uses, stand in
/// the innermost scope that holds all their users, wherever they were made.
[[nodiscard]] Scopes place_nodes(const Graph& graph);

inline constexpr std::uint32_t kNoBox = 0xFFFF'FFFF;
inline constexpr std::size_t kMinRepeats = 3;  ///< two are still quicker to read side by side

/// Hashes, the same on every machine.
using Key = std::uint64_t;
[[nodiscard]] Key mix(Key a, Key b);
[[nodiscard]] Key text_key(std::string_view text);

struct Partition {
  std::vector<Box> boxes;             ///< ordered by the last of their nodes
  std::vector<std::uint32_t> box_of;  ///< of each node; kNoBox if it is folded into a label
  std::vector<std::uint32_t>
      part_of;  ///< of each node: which of the equal siblings of its box it is in
};

/// The boxes that `label` gives to the nodes, in the order of their last node, which is the order of
/// computation; the label is an index into `boxes`, which say how they look, or kNoBox.
[[nodiscard]] Partition from_labels(const Graph& graph, const std::vector<std::uint32_t>& label,
                                    std::vector<std::uint32_t> part_of,
                                    const std::vector<Box>& boxes);

/// Which nodes are constants that their users' labels show.
[[nodiscard]] std::vector<bool> folded_constants(const Graph& graph);

/// Closed scopes become one box each, equal siblings one box together. `closed` says which scope each
/// scope is shown as, or kNoBox if it is open.
[[nodiscard]] Partition collapse(const Graph& graph, const Scopes& scopes,
                                 const std::vector<bool>& folded,
                                 const std::vector<std::uint32_t>& closed);

/// Inputs, parameters and constants that feed the same boxes become one box, if there are at least
/// `min_members` of them.
[[nodiscard]] Partition merge_leaves(const Graph& graph, const Partition& partition,
                                     std::size_t min_members);

/// Sums of products of single numbers, as neurons have them, become one box each, together with the
/// weights that nothing else uses.
[[nodiscard]] Partition merge_dot_products(const Graph& graph, const Scopes& scopes,
                                           const Partition& partition);

/// Boxes that are computed in equal steps, as in a loop, become one box, but for the first step and
/// the last. Of steps inside steps those that save most boxes come first.
/// Cost      O(boxes + edges)
[[nodiscard]] Partition fold_steps(const Graph& graph, const Partition& partition);

/// The first and the last scope of each row of equal siblings that lead from one to the next and are
/// shown as one box.
[[nodiscard]] std::vector<std::uint32_t> ends_of_rows(const Graph& graph, const Scopes& scopes,
                                                      const std::vector<std::uint32_t>& closed,
                                                      const Partition& partition);

/// The boxes closest to the root, and a few for all others, in bands by the length of the way to them.
[[nodiscard]] Partition around_root(const Graph& graph, const Partition& partition,
                                    std::size_t max_boxes);

/// Fills counts and gradient statistics of the boxes.
void measure(const Graph& graph, Partition& partition);

}  // namespace nabla::viz::detail
