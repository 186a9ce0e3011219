// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

// What tensor_statistics() adds up. Each thread counts for itself, without locks, and a tensor may be
// dropped by another thread than the one that made it: what a single thread has counted is a balance,
// which can be negative, and only the sum over all threads means something.

namespace nabla::detail {

/// A number that one thread changes and others may read.
class Balance {
 public:
  [[nodiscard]] std::int64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }
  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t change) noexcept { set(get() + change); }

 private:
  std::atomic<std::int64_t> value_{0};
};

struct TensorCounts {
  Balance nodes, node_bytes, storage_bytes;
  std::int64_t peak_storage_bytes = 0;  ///< of this thread's balance
  bool is_known = false;                ///< to those who add up

  void add_storage(std::int64_t bytes) noexcept {
    storage_bytes.add(bytes);
    peak_storage_bytes = std::max(peak_storage_bytes, storage_bytes.get());
  }
};

extern thread_local constinit TensorCounts own_counts;

void make_known() noexcept;

/// The counts of this thread.
inline TensorCounts& tensor_counts() noexcept {
  if (!own_counts.is_known) [[unlikely]]
    make_known();
  return own_counts;
}

}  // namespace nabla::detail
