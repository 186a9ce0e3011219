// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <nabla/engine/error.hpp>
#include <nabla/engine/statement.hpp>

namespace nabla::detail {

namespace {

/// The types of statements by id. A table that was outgrown is kept, because another thread may
/// still sweep with it; doubling bounds what is kept by the size of the last one.
struct Registry {
  std::mutex mutex;
  std::vector<std::unique_ptr<StatementEntry[]>> tables;
  std::uint32_t capacity = 0;
  std::uint32_t next_id = kFirstStatement;
  std::atomic<const StatementEntry*> current{nullptr};

  void grow() {
    const std::uint32_t doubled = capacity == 0 ? 256 : 2 * capacity;
    auto table = std::make_unique<StatementEntry[]>(doubled);
    for (std::uint32_t id = kFirstStatement; id < next_id; ++id) table[id] = tables.back()[id];
    tables.push_back(std::move(table));
    capacity = doubled;
    current.store(tables.back().get(), std::memory_order_release);
  }
};

/// Lives until the process ends, because tapes of threads may outlive static destruction.
Registry& registry() {
  static Registry& instance = *std::make_unique<Registry>().release();
  return instance;
}

}  // namespace

std::uint32_t register_statement(StatementInfo& info, AnyCode reverse) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  const std::uint32_t known = info.id;
  if (known != 0) return known;
  if (all.next_id >= all.capacity) all.grow();
  if (all.next_id >= kNumberMask) {
    throw GraphError("[tape] full: got more than 2^20 kinds of statements, need fewer");
  }
  const std::uint32_t number = all.next_id++;
  const std::uint32_t id = std::min(info.words, kManyWords) << kNumberBits | number;
  all.tables.back()[number] = {&info, reverse};
  std::atomic_ref(info.id).store(id, std::memory_order_release);
  return id;
}

const StatementEntry* statement_table() {
  return registry().current.load(std::memory_order_acquire);
}

}  // namespace nabla::detail
