// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nabla/engine/dtype.hpp>
#include <nabla/engine/shape.hpp>

// What stands behind a Tensor handle. A Node is a value (shape, strides, storage) and, if it was
// recorded, its history (rule, edges, attributes), in one block of memory:
//
//   [Node][sizes: rank][strides: rank][Edge: edge_count][attributes]
//
// Counts are not atomic: a tensor belongs to one thread at a time. A Storage may be shared by
// several nodes (views, variables); its version grows with each change in place.
// Only the engine and the op families look in here.

namespace nabla {

struct Rule;

namespace detail {

struct Storage {
  std::uint32_t references;
  std::uint32_t version;     ///< how often it was changed in place
  std::uint64_t size_bytes;  ///< of the whole block, this header included
  void* data;
  const char* last_writer;   ///< the op that changed it in place most recently, or null
  std::uint64_t last_write;  ///< the sequence number it had, or that of the last operation before
  std::uint32_t last_scope;  ///< the scope in which it did
  bool last_write_recorded;  ///< last_write is its own number
  std::uint32_t superseded;  ///< how many of the references are former results of such changes
};

struct Node;

/// An operand of a recorded operation, and the version its storage had then.
struct Edge {
  Node* node;
  std::uint32_t version;
};

enum NodeFlag : std::uint16_t {
  kRequiresGrad = 1,
  kRetainGrad = 2,   ///< keep .grad although this is not a leaf
  kFreed = 4,        ///< a sweep has given back the history
  kNumber = 8,       ///< made from a C++ number: adapts its dtype to the other operand
  kSuperseded = 16,  ///< a later handle holds what this storage has become
  kParameter = 32,   ///< owned by a module
  kView = 64,        ///< shares the storage of one of its operands
  kHooked = 128      ///< has hooks, which see its gradient
};

struct Node {
  std::uint32_t references;
  std::uint8_t rank;
  DType dtype;
  std::uint16_t flags;
  Storage* storage;
  std::byte* data;         ///< the first element
  const Rule* rule;        ///< null for a leaf
  std::uint64_t sequence;  ///< operations of a thread are numbered in the order they are computed
  Node* gradient;          ///< what x.grad() returns; owned
  Node* adjoint;           ///< the gradient as a sweep in progress gathers it; owned
  std::uint32_t scope;
  std::uint32_t name;     ///< index into the name table; 0 is no name
  std::uint32_t version;  ///< of the storage, when this value was computed
  std::uint16_t edge_count;
  std::uint16_t attribute_bytes;
  std::int64_t numel;

  [[nodiscard]] std::int64_t* sizes() { return reinterpret_cast<std::int64_t*>(this + 1); }
  [[nodiscard]] std::int64_t* strides() { return sizes() + rank; }
  [[nodiscard]] Edge* edges() { return reinterpret_cast<Edge*>(strides() + rank); }
  [[nodiscard]] std::byte* attributes() {
    return reinterpret_cast<std::byte*>(edges() + edge_count);
  }
  [[nodiscard]] const std::int64_t* sizes() const { return const_cast<Node*>(this)->sizes(); }
  [[nodiscard]] const std::int64_t* strides() const { return const_cast<Node*>(this)->strides(); }
  [[nodiscard]] const Edge* edges() const { return const_cast<Node*>(this)->edges(); }
  [[nodiscard]] const std::byte* attributes() const {
    return const_cast<Node*>(this)->attributes();
  }
  [[nodiscard]] bool has(NodeFlag flag) const { return (flags & flag) != 0; }
  [[nodiscard]] std::size_t block_bytes() const {
    return sizeof(Node) + 2 * sizeof(std::int64_t) * rank + sizeof(Edge) * edge_count +
           attribute_bytes;
  }
};

/// True if nobody but the one holder of this node can see its elements.
inline bool is_sole(const Node& node) {
  return node.references == 1 && node.storage->references == 1 && !node.has(kView);
}

inline void retain(Node* node) {
  if (node != nullptr) ++node->references;
}
/// Destroys a node that nobody holds any more, and then each operand that only it held, one after
/// another, never recursively.
void destroy(Node* node) noexcept;
inline void release(Node* node) noexcept {
  if (node != nullptr && --node->references == 0) destroy(node);
}

/// A node without storage; sizes, strides, edges and attributes are for the caller to fill.
Node* make_node(int rank, DType dtype, std::size_t edge_count, std::size_t attribute_bytes);
/// Storage for `size_bytes` bytes of elements, not initialised, aligned for any element type.
Storage* make_storage(std::size_t size_bytes);
void release(Storage* storage) noexcept;

/// The index of a name in the process-wide table, and back.
std::uint32_t intern_name(const char* text, std::size_t length);
const char* name_at(std::uint32_t index);

}  // namespace detail

/// What the tensors of this thread hold right now.
struct TensorStatistics {
  std::int64_t nodes = 0;  ///< tensors, leaves and recorded operations
  std::int64_t node_bytes = 0;
  std::int64_t storage_bytes = 0;
  std::int64_t peak_storage_bytes = 0;  ///< since the last reset_peak()
};
[[nodiscard]] TensorStatistics tensor_statistics();
void reset_peak();

}  // namespace nabla
