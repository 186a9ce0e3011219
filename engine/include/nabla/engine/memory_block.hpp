// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <utility>

// MemoryBlock is raw memory of a tape: contiguous, it grows by doubling and keeps its first bytes.
// Small blocks come from the heap; from 2 MiB on they are pages of their own, which move without
// being copied, are backed by huge pages where the system offers them, and cost nothing before
// they are touched. Owned by one tape, used by one thread.

namespace nabla::detail {

class MemoryBlock {
 public:
  MemoryBlock() = default;
  MemoryBlock(const MemoryBlock&) = delete;
  MemoryBlock& operator=(const MemoryBlock&) = delete;
  ~MemoryBlock();

  /// Grows to at least `bytes`; the first `used` bytes are kept, the rest is zero if `zeroed`.
  /// Errors    std::bad_alloc, and then nothing has changed
  void grow(std::size_t bytes, std::size_t used, bool zeroed);
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// The size to take where so many bytes are wanted: one huge page costs less than touching a quarter of
  /// it in small pages.
  [[nodiscard]] static std::size_t preferred(std::size_t bytes);
  /// The largest size a block has that takes no more than this much memory.
  [[nodiscard]] static std::size_t largest_within(std::size_t bytes);
  template <class T>
  [[nodiscard]] T* data() const {
    return static_cast<T*>(memory_);
  }

 private:
  void free() noexcept;
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace nabla::detail
