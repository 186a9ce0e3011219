// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <nabla/engine/graph.hpp>
#include <nabla/viz/picture.hpp>

// What changed from one computation to another: which nodes came, which went, and of those in both
// what is another in structure, value and gradient. Plain data that holds indices into both graphs.
// Nodes are partners if they have the same name in the same scope; of the rest those whose operands
// agree down to the leaves, then those whose users agree up to the root, so that a node put in or
// taken out leaves its neighbours partners; then neighbours of partners; then the first of one kind
// with the first of that kind. Partners are always of one op or two leaves of one sort; names may differ.
//
//   Comparison change = compare(before, after, {.relative = 1e-9});
//   std::string text = comparison_text(before, after, change);
//   const JoinedGraphs both = join(before, after, change);
//   save(both.graph, "diff.svg", {.picture = {.marks = both.marks}});

namespace nabla::viz {

inline constexpr std::uint32_t kNoPartner = std::numeric_limits<std::uint32_t>::max();

/// Numbers agree if they are equal, both NaN, or within one of the two tolerances.
struct Tolerance {
  double relative = 0.0;  ///< of the greater of both magnitudes
  std::int64_t ulps = 0;  ///< how many doubles apart
};

/// How far apart numbers of two partners are, beyond the tolerance.
struct Apart {
  bool differs = false;
  double relative = 0.0;  ///< of the greater magnitude; infinite if one is not finite or missing

  bool operator==(const Apart&) const = default;
};

/// Two partners that are not alike.
struct NodeChange {
  std::uint32_t before = 0, after = 0;
  std::string structure = {};  ///< what is another: "name", "operands", ...; empty if nothing is
  Apart value = {}, gradient = {};  ///< of tensors the worst of mean, norm, extremes and samples

  bool operator==(const NodeChange&) const = default;
};

struct Comparison {
  std::vector<std::uint32_t> after_of;   ///< partner of each node before; kNoPartner was removed
  std::vector<std::uint32_t> before_of;  ///< partner of each node after; kNoPartner was added
  std::vector<NodeChange> changes;       ///< in the order of the nodes after

  /// Nothing was added, removed or changed.
  [[nodiscard]] bool is_same() const;
  [[nodiscard]] std::size_t removed() const;
  [[nodiscard]] std::size_t added() const;

  bool operator==(const Comparison&) const = default;
};

/// Errors    GraphError if a graph is not consistent; DomainError if a tolerance is negative or NaN
/// Cost      O(n log n) for n nodes and edges of both
[[nodiscard]] Comparison compare(const Graph& before, const Graph& after,
                                 const Tolerance& tolerance = {});

/// The comparison in words, a line for each node that is not the same, for logs.
/// Requires  what `compare` said of these graphs
[[nodiscard]] std::string comparison_text(const Graph& before, const Graph& after,
                                          const Comparison& comparison);

/// The same as JSON, schema "nabla.comparison/1".
[[nodiscard]] std::string comparison_json(const Graph& before, const Graph& after,
                                          const Comparison& comparison);

/// Both computations in one graph, to be drawn: the one after, and what was removed behind the last
/// of its operands. Edges that went have slots behind those that stayed.
struct JoinedGraphs {
  Graph graph;
  std::vector<Mark> marks;  ///< for PictureOptions::marks
};

/// Requires  what `compare` said of these graphs
[[nodiscard]] JoinedGraphs join(const Graph& before, const Graph& after,
                                const Comparison& comparison);

}  // namespace nabla::viz
