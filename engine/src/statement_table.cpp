// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <nabla/engine/error.hpp>
#include <nabla/engine/statement.hpp>

namespace nabla::detail {

namespace {

/// The types of statements by number. A table that was outgrown is kept, because another thread may
/// still sweep with it; doubling bounds what is kept by the size of the last one.
struct Table {
  explicit Table(std::uint32_t capacity)
      : types(std::make_unique<const StatementInfo*[]>(capacity)),
        reverse(std::make_unique<AnyCode[]>(capacity)) {}
  std::unique_ptr<const StatementInfo*[]> types;
  std::unique_ptr<AnyCode[]> reverse;
  StatementTable shown{types.get(), reverse.get()};
};

struct Registry {
  std::mutex mutex;
  std::vector<std::unique_ptr<Table>> tables;
  std::uint32_t capacity = 0;
  std::uint32_t next_number = kFirstStatement;
  StatementTable none{nullptr, nullptr};
  std::atomic<const StatementTable*> current{&none};

  void grow() {
    const std::uint32_t doubled = capacity == 0 ? 256 : 2 * capacity;
    auto table = std::make_unique<Table>(doubled);
    for (std::uint32_t number = kFirstStatement; number < next_number; ++number) {
      table->types[number] = tables.back()->types[number];
      table->reverse[number] = tables.back()->reverse[number];
    }
    tables.push_back(std::move(table));
    capacity = doubled;
    current.store(&tables.back()->shown, std::memory_order_release);
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
  if (all.next_number >= all.capacity) all.grow();
  if (all.next_number >= kNumberMask) {
    throw GraphError("[tape] full: got more than 2^20 kinds of statements, need fewer");
  }
  const std::uint32_t number = all.next_number++;
  const std::uint32_t id = std::min(info.words, kManyWords) << kNumberBits | number;
  all.tables.back()->types[number] = &info;
  all.tables.back()->reverse[number] = reverse;
  std::atomic_ref(info.id).store(id, std::memory_order_release);
  return id;
}

const StatementTable& statement_table() {
#if !defined(__SANITIZE_THREAD__)  // which does not know fences; known_id acquires there
  std::atomic_thread_fence(std::memory_order_acquire);
#endif
  return *registry().current.load(std::memory_order_acquire);
}

}  // namespace nabla::detail
