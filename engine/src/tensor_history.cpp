// SPDX-License-Identifier: MIT
#include "tensor_history.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include "bridge_records.hpp"

namespace nabla::detail {

void TensorHistory::add(Node* root, std::vector<std::uint32_t>& values) {
  std::size_t next = operations_.size();
  if (seen_.insert(root).second) operations_.push_back(root);
  for (; next < operations_.size(); ++next) {
    Node* node = operations_[next];
    if (is_stacked(*node)) {
      for (const std::uint32_t index : record_of(*node, op_).inputs())
        if (index != 0) values.push_back(index);
    }
    for (int i = 0; i < node->edge_count; ++i) {
      if (node->holds_number(i)) continue;
      Node* operand = node->operand(i);
      if (operand == nullptr) {
        throw GraphError(
            fmt::format("[{}] the history of a tensor was freed by a sweep; {} before, or sweep "
                        "with {{.retain_graph = true}}",
                        op_, op_));
      }
      if (operand->rule != nullptr && seen_.insert(operand).second) operations_.push_back(operand);
    }
  }
}

void TensorHistory::sort() { std::ranges::sort(operations_, {}, &Node::sequence); }

Node* TensorHistory::next(std::uint64_t sequence) {
  if (given_ == operations_.size() || operations_[given_]->sequence > sequence) return nullptr;
  return operations_[given_++];
}

}  // namespace nabla::detail
