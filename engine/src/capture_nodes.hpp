// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <nabla/engine/graph.hpp>
#include <nabla/engine/node.hpp>
#include <nabla/engine/tensor.hpp>

// How one Value or one tensor looks in a snapshot.

namespace nabla::detail {

/// What ops are called and do: nodes of the same op share it.
class GraphOps {
 public:
  Shared<GraphOp> operator()(const OpInfo& info);

 private:
  using Supply = Shared<GraphOp>::Supply;
  struct Known {
    const OpInfo* info = nullptr;
    Supply* supply = nullptr;
  };

  std::unordered_map<const OpInfo*, Supply> of_;
  std::array<Known, 32> recent_ = {};  ///< by the last bits of the address
};

/// What nodes are called, and where in the program that was said: those that have it alike share it.
class GraphNames {
 public:
  /// The name, and where it was given.
  void set_name(GraphNode& node, const KeptName& name);
  /// Without a place of the name, the line in which it was recorded, if that is known.
  void set_line(GraphNode& node, std::uint32_t entry);

 private:
  struct Place {
    const char* file = nullptr;
    int line = 0;
    Shared<GraphNotes> notes = {};
  };
  void set_place(GraphNode& node, const char* file, int line);

  std::array<Shared<std::string>, 32> recent_names_ = {};  ///< by the letters at the ends
  std::array<Place, 32> recent_places_ = {};               ///< by the line
};

/// A tensor, without its op, name and scope.
[[nodiscard]] GraphNode tensor_node(Node& node);
/// Counts the memory of a snapshot's tensors.
class ElementCount {
 public:
  /// Fills `bytes` and `saved_bytes` of the tensor that `node` is.
  /// Requires  operands come before what is computed from them
  void operator()(const Node& node, GraphNode& out);

 private:
  struct Elements {
    std::int64_t bytes = 0;  ///< counted so far
    std::int64_t read = 0;   ///< of these, by rules of nodes that were counted
  };
  std::int64_t first_read(const Node& node);

  std::unordered_map<const Storage*, Elements> elements_;
};

/// Writes the gradient of a tensor.
void set_gradient(GraphNode& node, const Tensor& gradient);
/// The most elements that a snapshot keeps of one tensor.
inline constexpr std::size_t kMostSamples = 16;
/// Writes what an edge adds to a gradient: the number or the 2-norm of several, and them if few.
void set_contribution(Graph& graph, GraphEdge& edge, const Tensor& addend);

/// Numbers the scopes of a snapshot in the order of first use, parents first, those of each level
/// apart.
class ScopeNumbers {
 public:
  explicit ScopeNumbers(Graph& graph) : graph_(graph) { graph_.scopes.emplace_back(); }
  /// The number of this entry of the thread's scope table, for what has this level. The scope around
  /// all of a level is the root.
  std::uint32_t operator()(std::uint32_t entry, std::uint32_t level) {
    if (entry != entry_ || level != level_) {
      number_ = number(entry, level);
      entry_ = entry;
      level_ = level;
    }
    return number_;
  }

 private:
  std::uint32_t number(std::uint32_t entry, std::uint32_t level);

  Graph& graph_;
  std::uint32_t entry_ = 0, level_ = 0, number_ = 0;  ///< asked for last
  std::unordered_map<std::uint64_t, std::uint32_t> number_of_;
};

}  // namespace nabla::detail
