// SPDX-License-Identifier: MIT
#include <algorithm>
#include <deque>
#include <mutex>
#include <new>
#include <string>
#include <unordered_map>
#include <utility>

#include <nabla/engine/error.hpp>
#include <nabla/engine/node.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/kernels/memory.hpp>

namespace nabla {
namespace detail {
namespace {

thread_local constinit TensorStatistics statistics;

// Elements up to this size stand in the storage's own block, behind its header.
constexpr std::size_t kInlineBytes = 512;

struct NameTable {
  std::mutex mutex;
  std::deque<std::string> names{""};  // a deque keeps the addresses it has given out
  std::unordered_map<std::string, std::uint32_t> index{{"", 0}};
};
NameTable& name_table() {
  // Never destroyed: tensors of other static objects may still ask.
  static NameTable* const table = new NameTable;
  return *table;
}

}  // namespace

Node* make_node(int rank, DType dtype, std::size_t edge_count, std::size_t attribute_bytes) {
  constexpr std::size_t kMaxEdges = 65535;
  if (edge_count > kMaxEdges)
    throw GraphError("[record] too many operands for one operation: need at most 65535");
  const std::size_t bytes = sizeof(Node) +
                            2 * sizeof(std::int64_t) * static_cast<std::size_t>(rank) +
                            sizeof(Edge) * edge_count + attribute_bytes;
  Node* node = new (kernels::allocate(bytes)) Node{};
  node->references = 1;
  node->rank = static_cast<std::uint8_t>(rank);
  node->dtype = dtype;
  node->edge_count = static_cast<std::uint16_t>(edge_count);
  node->attribute_bytes = static_cast<std::uint16_t>(attribute_bytes);
  ++statistics.nodes;
  statistics.node_bytes += static_cast<std::int64_t>(bytes);
  return node;
}

Storage* make_storage(std::size_t size_bytes) {
  const bool is_inline = size_bytes <= kInlineBytes;
  const std::size_t block_bytes = sizeof(Storage) + (is_inline ? size_bytes : 0);
  void* block = kernels::allocate(block_bytes);
  void* data = static_cast<std::byte*>(block) + sizeof(Storage);
  if (!is_inline) {
    try {
      data = kernels::allocate(size_bytes);
    } catch (...) {
      kernels::deallocate(block, block_bytes);
      throw;
    }
  }
  statistics.storage_bytes += static_cast<std::int64_t>(size_bytes);
  statistics.peak_storage_bytes = std::max(statistics.peak_storage_bytes, statistics.storage_bytes);
  return new (block) Storage{1, 0, size_bytes, data, nullptr, 0, 0, false, 0};
}

void release(Storage* storage) noexcept {
  if (storage == nullptr || --storage->references != 0) return;
  const std::size_t size_bytes = storage->size_bytes;
  statistics.storage_bytes -= static_cast<std::int64_t>(size_bytes);
  if (size_bytes <= kInlineBytes) return kernels::deallocate(storage, sizeof(Storage) + size_bytes);
  kernels::deallocate(storage->data, size_bytes);
  kernels::deallocate(storage, sizeof(Storage));
}

// Dead nodes wait in a list that is threaded through their `adjoint` members. What attributes own may
// hold tensors too: these join the list instead of beginning one of their own.
void destroy(Node* dead) noexcept {
  thread_local constinit Node* waiting = nullptr;
  thread_local constinit bool is_under_way = false;
  const auto wait = [](Node* node) {
    // An adjoint can outlive its sweep only in a node that the sweep itself is letting go.
    NABLA_ASSERT(node->adjoint == nullptr);
    node->adjoint = std::exchange(waiting, node);
  };
  const auto let_go = [&wait](Node* node) {
    if (node != nullptr && --node->references == 0) wait(node);
  };
  wait(dead);
  if (std::exchange(is_under_way, true)) return;
  while (waiting != nullptr) {
    Node* node = std::exchange(waiting, waiting->adjoint);
    let_go(node->gradient);
    for (std::size_t i = 0; i < node->edge_count; ++i) let_go(node->edges()[i].node);
    if (node->rule != nullptr && node->rule->release != nullptr && !node->has(kFreed))
      node->rule->release(node->attributes());
    if (node->has(kSuperseded)) --node->storage->superseded;
    release(node->storage);
    const std::size_t bytes = node->block_bytes();
    --statistics.nodes;
    statistics.node_bytes -= static_cast<std::int64_t>(bytes);
    kernels::deallocate(node, bytes);
  }
  is_under_way = false;
}

std::uint32_t intern_name(const char* text, std::size_t length) {
  NameTable& table = name_table();
  std::string name(text, length);
  const std::lock_guard lock(table.mutex);
  const auto [place, is_new] =
      table.index.try_emplace(name, static_cast<std::uint32_t>(table.names.size()));
  if (is_new) table.names.push_back(std::move(name));
  return place->second;
}

const char* name_at(std::uint32_t index) {
  NameTable& table = name_table();
  const std::lock_guard lock(table.mutex);
  return table.names[index].c_str();
}

}  // namespace detail

TensorStatistics tensor_statistics() { return detail::statistics; }

void reset_peak() { detail::statistics.peak_storage_bytes = detail::statistics.storage_bytes; }

}  // namespace nabla
