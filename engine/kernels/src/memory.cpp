// SPDX-License-Identifier: MIT
#include <algorithm>
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
// Beyond this, blocks are the whole process's alone: what is done with them outlasts a lock.
constexpr std::size_t kLargestOwn = std::size_t{64} << 10;
constexpr std::size_t kOwnClasses = kSmallClasses + 16;
constexpr std::size_t kClasses = kSmallClasses + 160;
// What the process keeps of blocks beyond kLargestSmall; more goes back to the system.
constexpr std::size_t kCacheLimit = std::size_t{1} << 30;

// Small blocks: steps of 16 bytes. Others: 2^k * {5, 6, 7, 8} / 4, from 2^12 on.
struct SizeClass {
  std::size_t index, size_bytes;

  [[nodiscard]] bool is_small() const { return index < kSmallClasses; }
  /// How many blocks change hands at once.
  [[nodiscard]] std::uint32_t batch() const {
    return static_cast<std::uint32_t>(std::clamp<std::size_t>(kLargestOwn / size_bytes, 1, 256));
  }
};
SizeClass size_class(std::size_t size_bytes) {
  if (size_bytes <= kLargestSmall) {
    const std::size_t steps = size_bytes == 0 ? 1 : (size_bytes + kStep - 1) / kStep;
    return {steps, steps * kStep};
  }
  const auto exponent = static_cast<std::size_t>(std::bit_width(size_bytes - 1) - 1);
  const std::size_t quarter = std::size_t{1} << (exponent - 2);
  const std::size_t parts = (size_bytes + quarter - 1) / quarter;  // 5, 6, 7 or 8
  return {kSmallClasses + (exponent - 12) * 4 + (parts - 5), parts * quarter};
}

struct FreeBlock {
  FreeBlock* next;
  FreeBlock* below;  // in the first block of a batch that is shared: the batch under it
};

void free_list(FreeBlock* list) noexcept {
  while (list != nullptr) std::free(std::exchange(list, list->next));
}

// What threads hand to each other, in batches: blocks that one made and another freed, those of
// threads that have ended, and the largest ones.
class Shared {
 public:
  void give(FreeBlock* batch, const SizeClass& size) noexcept {
    const std::size_t bytes = size.is_small() ? 0 : size.batch() * size.size_bytes;
    {
      const std::lock_guard lock(mutex_);
      if (bytes <= kCacheLimit - kept_bytes_) {
        kept_bytes_ += bytes;
        batch->below = std::exchange(batches_[size.index], batch);
        return;
      }
    }
    free_list(batch);
  }
  /// null if there is none
  FreeBlock* take(const SizeClass& size) noexcept {
    const std::lock_guard lock(mutex_);
    FreeBlock* const batch = batches_[size.index];
    if (batch == nullptr) return nullptr;
    if (!size.is_small()) kept_bytes_ -= size.batch() * size.size_bytes;
    batches_[size.index] = batch->below;
    return batch;
  }
  void release_large() noexcept {
    const std::lock_guard lock(mutex_);
    for (std::size_t c = kSmallClasses; c < kClasses; ++c) {
      while (FreeBlock* const batch = batches_[c]) {
        batches_[c] = batch->below;
        free_list(batch);
      }
    }
    kept_bytes_ = 0;
  }

 private:
  std::mutex mutex_;
  std::array<FreeBlock*, kClasses> batches_{};
  std::size_t kept_bytes_ = 0;
};
Shared& shared() {
  // Never destroyed: threads may end after static destruction has begun.
  static Shared* const instance = new Shared;
  return *instance;
}

// The free blocks of one class that a thread has at hand. When `blocks` is a batch it becomes the
// spare, and the spare before it is shared: so no thread keeps more than two batches, and one that
// frees and asks in turn touches nothing shared.
struct alignas(32) FreeList {
  FreeBlock* blocks;
  FreeBlock* spare;
  std::uint32_t room;  // what `blocks` takes before it is a batch; 0 at first
};

struct Cache {
  std::array<FreeList, kOwnClasses> lists{};
  std::byte* slab = nullptr;
  std::size_t slab_left = 0;
  std::size_t next_slab = kFirstSlab;
};

thread_local constinit Cache cache;

inline void put(FreeBlock* block, const SizeClass& size) noexcept;

// What is left of a slab becomes free blocks.
void retire_slab() noexcept {
  while (cache.slab_left >= kStep) {
    const SizeClass size = size_class(std::min(cache.slab_left / kStep * kStep, kLargestSmall));
    put(reinterpret_cast<FreeBlock*>(cache.slab), size);
    cache.slab += size.size_bytes;
    cache.slab_left -= size.size_bytes;
  }
}

void free_own_large() noexcept {
  for (std::size_t c = kSmallClasses; c < kOwnClasses; ++c) {
    FreeList& list = cache.lists[c];
    free_list(std::exchange(list.blocks, nullptr));
    free_list(std::exchange(list.spare, nullptr));
    list.room = 0;
  }
}

struct Reaper {
  bool armed = false;
  ~Reaper() {
    retire_slab();
    for (std::size_t c = 1; c < kSmallClasses; ++c) {
      for (FreeBlock** list : {&cache.lists[c].blocks, &cache.lists[c].spare})
        if (*list != nullptr) shared().give(std::exchange(*list, nullptr), {c, c * kStep});
    }
    free_own_large();
  }
};
thread_local Reaper reaper;

[[gnu::noinline]] void make_room(FreeList& list, const SizeClass& size) noexcept {
  reaper.armed = true;
  if (list.blocks != nullptr) {
    if (list.spare != nullptr) shared().give(list.spare, size);
    list.spare = std::exchange(list.blocks, nullptr);
  }
  list.room = size.batch();
}

inline void put(FreeBlock* block, const SizeClass& size) noexcept {
  FreeList& list = cache.lists[size.index];
  if (list.room == 0) [[unlikely]]
    make_room(list, size);
  --list.room;
  block->next = std::exchange(list.blocks, block);
}

void* from_slab(std::size_t bytes) {
  if (cache.slab_left < bytes) {
    auto* const slab = static_cast<std::byte*>(std::aligned_alloc(64, cache.next_slab));
    if (slab == nullptr) throw std::bad_alloc();
    retire_slab();
    cache.slab = slab;
    cache.slab_left = cache.next_slab;
    if (cache.next_slab < kLargestSlab) cache.next_slab *= 2;
  }
  cache.slab_left -= bytes;
  return std::exchange(cache.slab, cache.slab + bytes);
}

void* from_system(const SizeClass& size) {
  const bool huge = size.size_bytes >= kHugePage;
  const std::size_t alignment = huge ? kHugePage : 64;
  const std::size_t bytes = (size.size_bytes + alignment - 1) / alignment * alignment;
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

// A block when the list at hand is empty.
[[gnu::noinline]] void* refill(const SizeClass& size) {
  reaper.armed = true;
  FreeList& list = cache.lists[size.index];
  FreeBlock* batch = std::exchange(list.spare, nullptr);
  // While there is a slab to cut from, that costs less than to ask the others.
  if (batch == nullptr && (!size.is_small() || cache.slab_left < size.size_bytes))
    batch = shared().take(size);
  if (batch == nullptr) return size.is_small() ? from_slab(size.size_bytes) : from_system(size);
  list.blocks = batch->next;
  list.room = 1;
  return batch;
}

}  // namespace

void* allocate(std::size_t size_bytes) {
  if (size_bytes > kLargestOwn) {
    if (size_bytes > kImpossible) throw std::bad_alloc();
    const SizeClass size = size_class(size_bytes);
    FreeBlock* const block = shared().take(size);
    return block != nullptr ? block : from_system(size);
  }
  const SizeClass size = size_class(size_bytes);
  FreeList& list = cache.lists[size.index];
  if (list.blocks == nullptr) return refill(size);
  ++list.room;
  return std::exchange(list.blocks, list.blocks->next);
}

void deallocate(void* block, std::size_t size_bytes) noexcept {
  const SizeClass size = size_class(size_bytes);
  auto* const free_block = static_cast<FreeBlock*>(block);
  if (size_bytes <= kLargestOwn) return put(free_block, size);
  free_block->next = nullptr;
  shared().give(free_block, size);
}

void release_cache() noexcept {
  free_own_large();
  shared().release_large();
}

#endif

}  // namespace nabla::kernels
