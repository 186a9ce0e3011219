// SPDX-License-Identifier: MIT
#include "bench/allocations.hpp"

#include <cerrno>
#include <cstddef>
#include <limits>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NABLA_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NABLA_SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(NABLA_SANITIZED)
#define NABLA_COUNTS_ALLOCATIONS 1

namespace {
thread_local constinit std::size_t count = 0;
}  // namespace

// The C library's own, under the names that it keeps for replacements. free() stays what it is.
extern "C" {
void* __libc_malloc(std::size_t) noexcept;
void* __libc_calloc(std::size_t, std::size_t) noexcept;
void* __libc_realloc(void*, std::size_t) noexcept;
void* __libc_memalign(std::size_t, std::size_t) noexcept;

void* malloc(std::size_t size) noexcept {
  ++count;
  return __libc_malloc(size);
}
void* calloc(std::size_t items, std::size_t size) noexcept {
  ++count;
  return __libc_calloc(items, size);
}
void* realloc(void* block, std::size_t size) noexcept {
  ++count;
  return __libc_realloc(block, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  ++count;
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return memalign(alignment, size);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
  void* const found = memalign(alignment, size);
  if (found == nullptr) return ENOMEM;
  *block = found;
  return 0;
}
}
#endif

namespace nabla::bench {

double allocations() {
#if defined(NABLA_COUNTS_ALLOCATIONS)
  return static_cast<double>(count);
#else
  return std::numeric_limits<double>::quiet_NaN();
#endif
}

double allocations_in_steady_state(const std::function<void()>& step) {
  constexpr int kWarmUp = 3, kSteps = 10;
  for (int i = 0; i < kWarmUp; ++i) step();
  const double before = allocations();
  for (int i = 0; i < kSteps; ++i) step();
  return (allocations() - before) / kSteps;
}

}  // namespace nabla::bench
