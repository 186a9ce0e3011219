// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include <nabla/engine/memory_block.hpp>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace nabla::detail {

namespace {

#if defined(__linux__)
constexpr std::size_t kPageBlock = std::size_t{2} << 20;  // the size of a huge page

/// Untouched memory that begins at a multiple of kPageBlock.
void* map_aligned(std::size_t bytes) {
  void* raw = mmap(nullptr, bytes + kPageBlock, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (raw == MAP_FAILED) throw std::bad_alloc();
  const auto begin = reinterpret_cast<std::uintptr_t>(raw);
  const std::uintptr_t aligned = (begin + kPageBlock - 1) / kPageBlock * kPageBlock;
  char* const memory = static_cast<char*>(raw) + (aligned - begin);
  if (aligned > begin) munmap(raw, aligned - begin);
  const std::size_t tail = kPageBlock - (aligned - begin);
  if (tail > 0) munmap(memory + bytes, tail);
  madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

bool is_mapped(std::size_t bytes) { return bytes >= kPageBlock; }
#else
bool is_mapped(std::size_t) { return false; }
#endif

}  // namespace

MemoryBlock::~MemoryBlock() { free(); }

std::size_t MemoryBlock::preferred(std::size_t bytes) {
#if defined(__linux__)
  constexpr std::size_t kWorthAPage = kPageBlock / 4;
  if (bytes >= kWorthAPage) return std::max(bytes, kPageBlock);
#endif
  return bytes;
}

std::size_t MemoryBlock::largest_within(std::size_t bytes) {
#if defined(__linux__)
  if (is_mapped(bytes)) return bytes / kPageBlock * kPageBlock;
#endif
  return bytes;
}

void MemoryBlock::free() noexcept {
  if (memory_ == nullptr) return;
#if defined(__linux__)
  if (is_mapped(bytes_)) {
    munmap(memory_, bytes_);
    return;
  }
#endif
  std::free(memory_);
}

void MemoryBlock::grow(std::size_t bytes, std::size_t used, bool zeroed) {
  if (bytes <= bytes_) return;
  void* memory = nullptr;
  if (!is_mapped(bytes)) {
    memory = zeroed ? std::calloc(bytes, 1) : std::malloc(bytes);
    if (memory == nullptr) throw std::bad_alloc();
  }
#if defined(__linux__)
  else {
    bytes = (bytes + kPageBlock - 1) / kPageBlock * kPageBlock;
    memory = map_aligned(bytes);
    // Moves the pages instead of their content, and lets them grow in one step: moved into a larger
    // mapping they would be a part of their own, and many kernels move only one. Where it refuses, the
    // new place may be gone, and someone else's by now: it is left alone, and the content copied to
    // another.
    if (memory_ != nullptr && is_mapped(bytes_)) {
      if (mremap(memory_, bytes_, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, memory) != MAP_FAILED) {
        memory_ = memory;
        bytes_ = bytes;
        madvise(memory_, bytes_, MADV_HUGEPAGE);
        return;
      }
      memory = map_aligned(bytes);
    }
  }
#endif
  if (used > 0) std::memcpy(memory, memory_, used);
  free();
  memory_ = memory;
  bytes_ = bytes;
}

}  // namespace nabla::detail
