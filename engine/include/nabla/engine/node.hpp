// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include <nabla/engine/dtype.hpp>
#include <nabla/engine/name.hpp>
#include <nabla/engine/shape.hpp>

// What stands behind a Tensor handle. A Node is a value (shape, strides, storage) and, if it was
// recorded, its history (rule, operands and the versions they had, attributes), in one block of
// memory. If its elements are its own, their Storage stands in that block too, and so do the elements
// while they are few:
//
//   [Storage][Node][sizes: rank][strides: rank][Operand: edge_count][version: edge_count][attributes]
//   [elements, or their address]
//
// The product of two scalars takes 108 bytes, of two vectors of one element 124. Where other nodes
// share such a Storage (views, variables) the block stays until the last of them is gone.
// Counts are not atomic: a tensor belongs to one thread at a time. The version of a Storage grows
// with each change in place. Only the engine and the op families look in here.

namespace nabla {

struct Rule;

namespace detail {

/// Who changed elements in place most recently.
struct LastWrite {
  const char* op;
  std::uint64_t sequence;    ///< the number the change had, or that of the last operation before
  std::uint32_t scope;       ///< the scope it was made in
  bool is_recorded;          ///< sequence is its own number
  std::uint32_t superseded;  ///< how many of the references are former results of such changes
};

struct Node;

struct Storage {
  std::uint32_t references;
  std::uint32_t version;  ///< how often it was changed in place
  LastWrite* last_write;  ///< null until the first change in place

  /// The node in whose block it stands.
  [[nodiscard]] inline Node* node();
  /// The references that show the elements as they are now.
  [[nodiscard]] std::uint32_t current_references() const {
    return references - (last_write == nullptr ? 0 : last_write->superseded);
  }
};

enum NodeFlag : std::uint16_t {
  kRequiresGrad = 1,
  kRetainGrad = 2,       ///< keep .grad although this is not a leaf
  kFreed = 4,            ///< a sweep has given back the history
  kNumber = 8,           ///< made from a C++ number: adapts its dtype to the other operand
  kSuperseded = 16,      ///< a later handle holds what this storage has become
  kParameter = 32,       ///< owned by a module
  kView = 64,            ///< shares the storage of one of its operands
  kHooked = 128,         ///< has hooks, which see its gradient
  kHolds = 256,          ///< a Storage stands in front
  kGone = 512,           ///< destroyed; the block waits for those who share that Storage
  kVersions = 1024,      ///< the versions of the operands are written down
  kLinked = 2048,        ///< the gradient of another node, or that
  kOnStack = 4096,       ///< a C++ number while an operation is called, which keeps only the number
  kIntegers = 4096,      ///< of an operation: the numbers among its operands were integers
  kFirstIsNumber = 8192  ///< operand 0 is a number, no node; the next two bits say so of 1 and 2
};

/// What an operation was computed from: a node or, where the operation holds_number(), that number.
union Operand {
  Node* node;
  double number;
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

  [[nodiscard]] std::int64_t* sizes() { return reinterpret_cast<std::int64_t*>(this + 1); }
  [[nodiscard]] std::int64_t* strides() { return sizes() + rank; }
  /// Read through operand() and number().
  [[nodiscard]] Operand* operands() { return reinterpret_cast<Operand*>(strides() + rank); }
  /// The versions that the storage of each operand had when this was recorded.
  /// Requires  kVersions; without it, all were 0
  [[nodiscard]] std::uint32_t* operand_versions() {
    return reinterpret_cast<std::uint32_t*>(operands() + edge_count);
  }
  [[nodiscard]] std::byte* attributes() {
    const int even = has(kVersions) ? edge_count + (edge_count & 1) : 0;
    return reinterpret_cast<std::byte*>(operand_versions() + even);
  }
  [[nodiscard]] const std::int64_t* sizes() const { return const_cast<Node*>(this)->sizes(); }
  [[nodiscard]] const std::int64_t* strides() const { return const_cast<Node*>(this)->strides(); }
  [[nodiscard]] bool holds_number(int index) const {
    return index < 3 && (flags & kFirstIsNumber << index) != 0;
  }
  /// Requires  holds_number(index)
  [[nodiscard]] double number(int index) const {
    return const_cast<Node*>(this)->operands()[index].number;
  }
  /// Null where that is a number, and where a sweep has given back the history.
  [[nodiscard]] Node* operand(int index) const {
    return holds_number(index) ? nullptr : const_cast<Node*>(this)->operands()[index].node;
  }
  [[nodiscard]] std::uint32_t operand_version(int index) const {
    return has(kVersions) ? const_cast<Node*>(this)->operand_versions()[index] : 0;
  }
  [[nodiscard]] const std::byte* attributes() const {
    return const_cast<Node*>(this)->attributes();
  }
  [[nodiscard]] bool has(NodeFlag flag) const { return (flags & flag) != 0; }
  [[nodiscard]] std::int64_t numel() const {
    std::int64_t count = 1;
    for (int axis = 0; axis < rank; ++axis) count *= sizes()[axis];
    return count;
  }
  /// Of the elements.
  [[nodiscard]] std::size_t bytes() const {
    return static_cast<std::size_t>(numel()) * size_bytes(dtype);
  }
};

inline Node* Storage::node() { return reinterpret_cast<Node*>(this + 1); }

/// The node of a C++ number where that is an operand, on the stack: no one may hold it for longer.
struct NumberNode {
  Storage storage;
  Node node;
  alignas(8) std::byte element[8];

  /// Of rank 0.
  template <class T>
  Node* hold(T number) {
    storage = {1, 0, nullptr};
    node = Node{};
    node.references = 1;
    node.dtype = dtype_of<T>();
    node.flags = kNumber | kHolds | kOnStack;
    node.storage = &storage;
    node.data = element;
    new (element) T(number);
    return &node;
  }
};

// A few numbers: a call of memcmp, which std::equal makes, would cost more than the loop.
inline bool are_equal(const std::int64_t* a, const std::int64_t* b, int count) {
  for (int i = 0; i < count; ++i)
    if (a[i] != b[i]) return false;
  return true;
}
inline bool have_same_sizes(const Node& a, const Node& b) {
  return a.rank == b.rank && are_equal(a.sizes(), b.sizes(), a.rank);
}
/// Sizes and strides.
inline bool have_same_layout(const Node& a, const Node& b) {
  return a.rank == b.rank && are_equal(a.sizes(), b.sizes(), 2 * a.rank);
}

/// True if nobody but the one holder of this node can see its elements.
inline bool is_sole(const Node& node) {
  return node.references == 1 && node.storage->references == 1 && !node.has(kView);
}

/// True if the elements of an operand were changed in place since `node` was recorded.
inline bool has_changed(const Node& node, int operand) {
  const Node* from = node.operand(operand);
  return from != nullptr && from->storage->version != node.operand_version(operand);
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

/// What follows the sizes and strides of a node.
struct NodeParts {
  std::size_t edge_count = 0;
  std::size_t attribute_bytes = 0;
  bool has_versions = false;
};
/// A node without storage; sizes, strides and attributes are for the caller to fill, and operands,
/// which are null yet.
Node* make_node(int rank, DType dtype, const NodeParts& parts);
/// A node with these sizes and elements of its own, not initialised, aligned for any element type.
/// Strides, operands and attributes as above.
/// Errors    std::bad_alloc
Node* make_node_with_elements(int rank, const std::int64_t* sizes, DType dtype,
                              const NodeParts& parts);
/// The record of changes in place, made if there was none.
LastWrite& last_write(Storage& storage);
void release(Storage* storage) noexcept;

/// The index of a name in the process-wide table, and back.
std::uint32_t intern_name(const Name& name);
const KeptName& name_at(std::uint32_t index);

}  // namespace detail

/// What the tensors of all threads hold right now.
struct TensorStatistics {
  std::int64_t nodes = 0;          ///< tensors, leaves and recorded operations
  std::int64_t node_bytes = 0;     ///< all of them but the elements
  std::int64_t storage_bytes = 0;  ///< the elements
  /// The most that storage_bytes was since this thread's last reset_peak(): what the thread made less
  /// what it dropped, at its highest, on top of what the other threads hold now.
  std::int64_t peak_storage_bytes = 0;
};
[[nodiscard]] TensorStatistics tensor_statistics();
/// Begins the peak anew, for this thread.
void reset_peak();

}  // namespace nabla
