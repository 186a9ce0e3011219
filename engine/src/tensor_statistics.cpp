// SPDX-License-Identifier: MIT
#include "tensor_statistics.hpp"

#include <mutex>
#include <vector>

#include <nabla/engine/node.hpp>

namespace nabla {
namespace detail {
namespace {

struct AllCounts {
  std::mutex mutex;
  std::vector<const TensorCounts*> running;
  TensorCounts ended;  // the sum over threads that are no more
};
AllCounts& all_counts() {
  // Never destroyed: threads may end after static destruction has begun.
  static AllCounts* const instance = new AllCounts;
  return *instance;
}

void add(TensorCounts& sum, const TensorCounts& counts) {
  sum.nodes.add(counts.nodes.get());
  sum.node_bytes.add(counts.node_bytes.get());
  sum.storage_bytes.add(counts.storage_bytes.get());
}

// Takes the counts of a thread along when it ends. What it still drops after that, in destructors of
// its own, is counted by nobody.
struct AtThreadEnd {
  bool armed = false;
  ~AtThreadEnd() {
    AllCounts& all = all_counts();
    const std::lock_guard lock(all.mutex);
    std::erase(all.running, &own_counts);
    add(all.ended, own_counts);
  }
};
thread_local AtThreadEnd at_thread_end;

}  // namespace

thread_local constinit TensorCounts own_counts;

void make_known() noexcept {
  own_counts.is_known = true;
  at_thread_end.armed = true;
  AllCounts& all = all_counts();
  const std::lock_guard lock(all.mutex);
  all.running.push_back(&own_counts);
}

}  // namespace detail

TensorStatistics tensor_statistics() {
  const detail::TensorCounts& own = detail::tensor_counts();
  detail::AllCounts& all = detail::all_counts();
  const std::lock_guard lock(all.mutex);
  detail::TensorCounts sum;
  detail::add(sum, all.ended);
  for (const detail::TensorCounts* counts : all.running) detail::add(sum, *counts);
  const std::int64_t others = sum.storage_bytes.get() - own.storage_bytes.get();
  return {sum.nodes.get(), sum.node_bytes.get(), sum.storage_bytes.get(),
          own.peak_storage_bytes + others};
}

void reset_peak() {
  detail::TensorCounts& own = detail::tensor_counts();
  own.peak_storage_bytes = own.storage_bytes.get();
}

}  // namespace nabla
