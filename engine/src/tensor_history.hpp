// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include <nabla/engine/node.hpp>

namespace nabla::detail {

/// Tensor operations behind some tensors, handed out in the order in which they were computed.
class TensorHistory {
 public:
  /// `op` asks, and is named by errors.
  explicit TensorHistory(const char* op) : op_(op) {}

  /// Adds a tensor and what is behind it; adds the places on the tape of the Values that were
  /// stacked there to `values`.
  /// Errors    GraphError if a sweep has freed some of it, or the Values are gone
  void add(Node* root, std::vector<std::uint32_t>& values);

  /// No more will be added.
  void sort();
  /// The next operation up to this number, or null.
  Node* next(std::uint64_t sequence);
  /// True the first time a leaf is asked for.
  bool is_new_leaf(const Node* leaf) { return seen_.insert(leaf).second; }

 private:
  const char* op_;
  std::vector<Node*> operations_;
  std::unordered_set<const Node*> seen_;
  std::size_t given_ = 0;
};

}  // namespace nabla::detail
