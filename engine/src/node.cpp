// SPDX-License-Identifier: MIT
#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <nabla/engine/error.hpp>
#include <nabla/engine/node.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/kernels/memory.hpp>

#include "gradient_links.hpp"
#include "tensor_statistics.hpp"

namespace nabla {
namespace detail {
namespace {

// Elements up to this size stand in the block of the node that was made with them.
constexpr std::size_t kMostInNode = 512;

constexpr std::size_t up_to_eights(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

// The node with all that describes it.
std::size_t node_bytes(std::size_t rank, const NodeParts& parts) {
  const std::size_t version_bytes = parts.has_versions ? sizeof(std::uint32_t) : 0;
  return sizeof(Node) + 2 * sizeof(std::int64_t) * rank + sizeof(Operand) * parts.edge_count +
         up_to_eights(version_bytes * parts.edge_count) + up_to_eights(parts.attribute_bytes);
}
std::size_t node_bytes(const Node& node) {
  return node_bytes(node.rank, {node.edge_count, node.attribute_bytes, node.has(kVersions)});
}
// Requires  the node holds one
Storage* storage_of(Node* node) { return reinterpret_cast<Storage*>(node) - 1; }
// What follows that: the elements, or their address.
std::size_t tail_bytes(std::size_t size_bytes) {
  return size_bytes <= kMostInNode ? size_bytes : sizeof(void*);
}

Node* make_at(void* place, int rank, DType dtype, const NodeParts& parts) {
  Node* node = new (place) Node{};
  node->references = 1;
  node->rank = static_cast<std::uint8_t>(rank);
  node->dtype = dtype;
  node->flags = parts.has_versions ? kVersions : 0;
  node->edge_count = static_cast<std::uint16_t>(parts.edge_count);
  node->attribute_bytes = static_cast<std::uint16_t>(parts.attribute_bytes);
  std::fill_n(node->operands(), parts.edge_count, Operand{nullptr});
  return node;
}

// Where a node that holds many elements keeps their address.
void** elements_address(Node* node) {
  return reinterpret_cast<void**>(reinterpret_cast<std::byte*>(node) + node_bytes(*node));
}

void check_edge_count(std::size_t edge_count) {
  constexpr std::size_t kMaxEdges = 65535;
  if (edge_count > kMaxEdges)
    throw GraphError("[record] too many operands for one operation: need at most 65535");
}

void free_block(Node* node) noexcept {
  const bool holds = node->has(kHolds);
  const std::size_t front = node_bytes(*node) + (holds ? sizeof(Storage) : 0);
  tensor_counts().node_bytes.add(-static_cast<std::int64_t>(front));
  if (!holds) return kernels::deallocate(node, front);
  kernels::deallocate(storage_of(node), front + tail_bytes(node->bytes()));
}

struct NameTable {
  std::mutex mutex;
  std::deque<KeptName> names{{}};  // a deque keeps the addresses it has given out
  // By file, line and text. An empty name is no name, wherever it was given.
  std::map<std::tuple<std::string_view, int, std::string>, std::uint32_t> index;
};
NameTable& name_table() {
  // Never destroyed: tensors of other static objects may still ask.
  static NameTable* const table = new NameTable;
  return *table;
}

}  // namespace

Node* make_node(int rank, DType dtype, const NodeParts& parts) {
  check_edge_count(parts.edge_count);
  const std::size_t bytes = node_bytes(static_cast<std::size_t>(rank), parts);
  Node* node = make_at(kernels::allocate(bytes), rank, dtype, parts);
  TensorCounts& counts = tensor_counts();
  counts.nodes.add(1);
  counts.node_bytes.add(static_cast<std::int64_t>(bytes));
  return node;
}

Node* make_node_with_elements(int rank, const std::int64_t* sizes, DType dtype,
                              const NodeParts& parts) {
  check_edge_count(parts.edge_count);
  std::size_t size_bytes = nabla::size_bytes(dtype);
  for (int axis = 0; axis < rank; ++axis) size_bytes *= static_cast<std::size_t>(sizes[axis]);
  const std::size_t front = sizeof(Storage) + node_bytes(static_cast<std::size_t>(rank), parts);
  const std::size_t bytes = front + tail_bytes(size_bytes);
  auto* const block = static_cast<std::byte*>(kernels::allocate(bytes));
  std::byte* const tail = block + front;
  std::byte* elements = tail;
  if (size_bytes > kMostInNode) {
    try {
      elements = static_cast<std::byte*>(kernels::allocate(size_bytes));
    } catch (...) {
      kernels::deallocate(block, bytes);
      throw;
    }
    new (tail) void*(elements);
  }
  auto* const storage = new (block) Storage{1, 0, nullptr};
  Node* node = make_at(storage + 1, rank, dtype, parts);
  node->flags |= kHolds;
  node->storage = storage;
  node->data = elements;
  std::copy_n(sizes, rank, node->sizes());
  TensorCounts& counts = tensor_counts();
  counts.nodes.add(1);
  counts.node_bytes.add(static_cast<std::int64_t>(front));
  counts.add_storage(static_cast<std::int64_t>(size_bytes));
  return node;
}

LastWrite& last_write(Storage& storage) {
  if (storage.last_write == nullptr) {
    storage.last_write = new (kernels::allocate(sizeof(LastWrite))) LastWrite{};
    tensor_counts().node_bytes.add(static_cast<std::int64_t>(sizeof(LastWrite)));
  }
  return *storage.last_write;
}

void release(Storage* storage) noexcept {
  if (storage == nullptr || --storage->references != 0) return;
  Node* const node = storage->node();
  const std::size_t size_bytes = node->bytes();
  tensor_counts().storage_bytes.add(-static_cast<std::int64_t>(size_bytes));
  if (size_bytes > kMostInNode) kernels::deallocate(*elements_address(node), size_bytes);
  if (storage->last_write != nullptr) {
    kernels::deallocate(storage->last_write, sizeof(LastWrite));
    tensor_counts().node_bytes.add(-static_cast<std::int64_t>(sizeof(LastWrite)));
  }
  if (node->has(kGone)) free_block(node);
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
    if (node->has(kLinked)) unlink_gradients(*node);
    let_go(node->gradient);
    for (int i = 0; i < node->edge_count; ++i) let_go(node->operand(i));
    if (node->rule != nullptr && node->rule->release != nullptr && !node->has(kFreed))
      node->rule->release(node->attributes());
    if (node->has(kSuperseded)) --node->storage->last_write->superseded;
    tensor_counts().nodes.add(-1);
    // Whoever is the last to let go of a Storage in this block frees the block.
    const bool has_let_go = !node->has(kHolds) || storage_of(node)->references == 0;
    node->flags |= kGone;
    release(node->storage);
    if (has_let_go) free_block(node);
  }
  is_under_way = false;
}

std::uint32_t intern_name(const Name& name) {
  if (name.text.empty()) return 0;
  NameTable& table = name_table();
  const std::lock_guard lock(table.mutex);
  const auto [place, is_new] =
      table.index.try_emplace({name.file, name.line, std::string(name.text)},
                              static_cast<std::uint32_t>(table.names.size()));
  if (is_new) table.names.push_back({std::string(name.text), name.file, name.line});
  return place->second;
}

const KeptName& name_at(std::uint32_t index) {
  NameTable& table = name_table();
  const std::lock_guard lock(table.mutex);
  return table.names[index];
}

}  // namespace detail
}  // namespace nabla
