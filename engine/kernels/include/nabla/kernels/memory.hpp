// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

// The memory of tensors: freed blocks are kept, by size, for the next request, so that a training loop
// asks the operating system for nothing once it runs. Blocks up to 4 KiB are cut from slabs in steps
// of 16 bytes; larger ones stand alone, in steps of at most 25 %, and are backed by huge pages from
// 2 MiB on. With the address sanitizer every block comes from malloc.
// Threads: a block may be given back by another thread than the one that asked for it. A thread has
// at most two batches of 64 KiB of each size at hand; what is more, and every block beyond that size,
// serves the whole process.

namespace nabla::kernels {

/// A block of at least `size_bytes`, 16-byte aligned; 64-byte aligned beyond 4 KiB.
/// Errors    std::bad_alloc
[[nodiscard]] void* allocate(std::size_t size_bytes);
/// Gives back a block that allocate(size_bytes) returned.
void deallocate(void* block, std::size_t size_bytes) noexcept;

/// For standard containers that come and go in every step.
template <class T>
struct Allocator {
  using value_type = T;
  Allocator() = default;
  template <class U>
  Allocator(const Allocator<U>&) {}  // NOLINT: allocators convert
  [[nodiscard]] T* allocate(std::size_t count) {
    return static_cast<T*>(kernels::allocate(count * sizeof(T)));
  }
  void deallocate(T* block, std::size_t count) noexcept {
    kernels::deallocate(block, count * sizeof(T));
  }
  friend bool operator==(const Allocator&, const Allocator&) { return true; }
};

/// Returns to the operating system the blocks beyond 4 KiB that the process keeps, but for those that
/// other threads have at hand.
void release_cache() noexcept;

}  // namespace nabla::kernels
