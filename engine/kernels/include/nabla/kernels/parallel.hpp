// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

// Large loops are cut into blocks, which several threads take one after another. How a loop is cut
// depends on its size alone, so that its results are the same bits for any number of threads; and
// what is not large stays on the thread that asked.

namespace nabla::kernels {

/// How many threads a kernel may use, the one that calls it included: what use_threads() says, or
/// the environment variable NABLA_THREADS; at first as many as the processor has.
[[nodiscard]] int threads() noexcept;
/// Changes it for the whole process. Less than 1 counts as 1.
void use_threads(int count) noexcept;

/// Elements of a loop that are worth a second thread, and how many of them a block has.
inline constexpr std::int64_t kLargeLoop = std::int64_t{1} << 18;
inline constexpr std::int64_t kLoopBlock = std::int64_t{1} << 16;
/// Multiplications of a matrix product that is worth one.
inline constexpr std::int64_t kLargeProduct = std::int64_t{1} << 23;

namespace detail {
using BlockFunction = void (*)(const void* f, std::int64_t block);
void run_blocks(std::int64_t count, BlockFunction function, const void* f);
}  // namespace detail

/// Calls f(block) for each block 0, ..., count - 1, in any order, at most threads() at a time, and
/// returns when all are done.
/// Errors    what the first f to fail throws, when the others are done
/// Threads   one loop at a time is shared out; one inside another, or beside it, stays on its thread
template <class F>
void for_each_block(std::int64_t count, const F& f) {
  const detail::BlockFunction function = [](const void* p, std::int64_t block) {
    (*static_cast<const F*>(p))(block);
  };
  detail::run_blocks(count, function, &f);
}

/// The same for a loop of n equal elements, cut into blocks of `block` elements: f(first, last).
template <class F>
void for_each_range(std::int64_t n, std::int64_t block, const F& f) {
  for_each_block((n + block - 1) / block,
                 [&](std::int64_t b) { f(b * block, n < (b + 1) * block ? n : (b + 1) * block); });
}

/// f(first, last) over the n elements of a loop, in blocks if it is large, else all at once.
template <class F>
void for_elements(std::int64_t n, const F& f) {
  if (n < kLargeLoop) return f(std::int64_t{0}, n);
  for_each_range(n, kLoopBlock, f);
}

}  // namespace nabla::kernels
