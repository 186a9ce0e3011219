// SPDX-License-Identifier: MIT
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

#include <nabla/kernels/memory.hpp>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#define NABLA_PLAIN_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define NABLA_PLAIN_MALLOC 1
#endif
#endif

namespace nabla::kernels {

// More than any machine has: refused here, where rounding up cannot overflow yet.
constexpr std::size_t kImpossible = std::size_t{1} << 50;

#if defined(NABLA_PLAIN_MALLOC)

void* allocate(std::size_t size_bytes) {
  if (size_bytes > kImpossible) throw std::bad_alloc();
  const std::size_t rounded = (size_bytes + 63) / 64 * 64;
  void* block = std::aligned_alloc(64, rounded == 0 ? 64 : rounded);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void deallocate(void* block, std::size_t) noexcept { std::free(block); }
void release_cache() noexcept {}

#else

namespace {

constexpr std::size_t kStep = 16;
constexpr std::size_t kLargestSmall = 4096;
constexpr std::size_t kSmallClasses = kLargestSmall / kStep + 1;
constexpr std::size_t kFirstSlab = std::size_t{16} << 10;
constexpr std::size_t kLargestSlab = std::size_t{1} << 20;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kLargeClasses = 160;
// What one thread keeps of large blocks; more goes back to the system.
constexpr std::size_t kCacheLimit = std::size_t{1} << 30;

struct FreeBlock {
  FreeBlock* next;
};

struct Cache {
  std::array<FreeBlock*, kSmallClasses> small{};
  std::array<FreeBlock*, kLargeClasses> large{};
  std::size_t large_bytes = 0;
  std::byte* slab = nullptr;
  std::size_t slab_left = 0;
  std::size_t next_slab = kFirstSlab;
};

thread_local constinit Cache cache;

// Small blocks of threads that have ended; the next thread that needs a slab takes them over.
struct Orphans {
  std::mutex mutex;
  std::array<FreeBlock*, kSmallClasses> small{};
};
Orphans& orphans() {
  // Never destroyed: threads may end after static destruction has begun.
  static Orphans* const instance = new Orphans;
  return *instance;
}

struct Reaper {
  bool armed = false;
  ~Reaper() {
    release_cache();
    Orphans& all = orphans();
    const std::lock_guard lock(all.mutex);
    for (std::size_t c = 1; c < kSmallClasses; ++c) {
      while (FreeBlock* block = cache.small[c]) {
        cache.small[c] = block->next;
        block->next = all.small[c];
        all.small[c] = block;
      }
    }
  }
};
thread_local Reaper reaper;

// Classes 2^k * {4, 5, 6, 7} / 4: the index and the size of the class that holds `size_bytes`.
struct LargeClass {
  std::size_t index, size_bytes;
};
LargeClass large_class(std::size_t size_bytes) {
  const auto exponent = static_cast<std::size_t>(std::bit_width(size_bytes - 1) - 1);
  const std::size_t quarter = std::size_t{1} << (exponent - 2);
  const std::size_t parts = (size_bytes + quarter - 1) / quarter;  // 5, 6, 7 or 8
  return {(exponent - 12) * 4 + (parts - 5), parts * quarter};
}

void* allocate_large(std::size_t size_bytes) {
  if (size_bytes > kImpossible) throw std::bad_alloc();
  const LargeClass wanted = large_class(size_bytes);
  if (FreeBlock* block = cache.large[wanted.index]) {
    cache.large[wanted.index] = block->next;
    cache.large_bytes -= wanted.size_bytes;
    return block;
  }
  const bool huge = wanted.size_bytes >= kHugePage;
  const std::size_t alignment = huge ? kHugePage : 64;
  const std::size_t bytes = (wanted.size_bytes + alignment - 1) / alignment * alignment;
  void* block = std::aligned_alloc(alignment, bytes);
  if (block == nullptr) {
    release_cache();
    block = std::aligned_alloc(alignment, bytes);
    if (block == nullptr) throw std::bad_alloc();
  }
#if defined(__linux__)
  if (huge) static_cast<void>(madvise(block, bytes, MADV_HUGEPAGE));
#endif
  return block;
}

void deallocate_large(void* block, std::size_t size_bytes) noexcept {
  const LargeClass own = large_class(size_bytes);
  if (cache.large_bytes + own.size_bytes > kCacheLimit) {
    std::free(block);
    return;
  }
  reaper.armed = true;
  auto* free_block = static_cast<FreeBlock*>(block);
  free_block->next = cache.large[own.index];
  cache.large[own.index] = free_block;
  cache.large_bytes += own.size_bytes;
}

// A block of small class c when the free list is empty.
void* refill(std::size_t c) {
  reaper.armed = true;
  const std::size_t bytes = c * kStep;
  if (cache.slab_left < bytes) {
    {
      Orphans& all = orphans();
      const std::lock_guard lock(all.mutex);
      if (FreeBlock* list = all.small[c]) {
        all.small[c] = nullptr;
        cache.small[c] = list->next;
        return list;
      }
    }
    auto* slab = static_cast<std::byte*>(std::aligned_alloc(64, cache.next_slab));
    if (slab == nullptr) throw std::bad_alloc();
    // What is left of the old slab becomes one free block of its size.
    if (cache.slab_left >= kStep) {
      auto* rest = reinterpret_cast<FreeBlock*>(cache.slab);
      const std::size_t rest_class = cache.slab_left / kStep;
      rest->next = cache.small[rest_class];
      cache.small[rest_class] = rest;
    }
    cache.slab = slab;
    cache.slab_left = cache.next_slab;
    if (cache.next_slab < kLargestSlab) cache.next_slab *= 2;
  }
  void* block = cache.slab;
  cache.slab += bytes;
  cache.slab_left -= bytes;
  return block;
}

}  // namespace

void* allocate(std::size_t size_bytes) {
  if (size_bytes > kLargestSmall) return allocate_large(size_bytes);
  const std::size_t c = size_bytes == 0 ? 1 : (size_bytes + kStep - 1) / kStep;
  if (FreeBlock* block = cache.small[c]) {
    cache.small[c] = block->next;
    return block;
  }
  return refill(c);
}

void deallocate(void* block, std::size_t size_bytes) noexcept {
  if (size_bytes > kLargestSmall) return deallocate_large(block, size_bytes);
  const std::size_t c = size_bytes == 0 ? 1 : (size_bytes + kStep - 1) / kStep;
  auto* free_block = static_cast<FreeBlock*>(block);
  free_block->next = cache.small[c];
  cache.small[c] = free_block;
}

void release_cache() noexcept {
  for (FreeBlock*& list : cache.large) {
    while (list != nullptr) std::free(std::exchange(list, list->next));
  }
  cache.large_bytes = 0;
}

#endif

}  // namespace nabla::kernels
