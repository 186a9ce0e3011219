// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nabla/engine/recording.hpp>
#include <nabla/engine/statement.hpp>
#include <nabla/engine/tape_head.hpp>

// How an expression becomes a Value: it is computed, and if one of its leaves has history and the
// thread is recording, it is written to the active tape as one statement. The usual case, that all
// leaves have history in the two youngest segments, is a compare a leaf and a few stores; the rest
// is out of line.

namespace nabla::detail {

template <class E>
using LocalOf = typename Part<E>::Local;

/// Writes the statement. There is room, and `indices` are those of its leaves.
template <class E, class T, class Indices>
[[gnu::always_inline]] inline basic_value<T> append(TapeHead<T>& head, std::uint32_t id,
                                                    const LocalOf<E>& local,
                                                    const Indices& write_indices) {
  std::uint32_t* const record = head.write;
  T* const values = head.values;
  const std::uint32_t index = head.size;
  const std::uint32_t epoch = head.epoch;
  write_indices(record);
  Part<E>::template put_constants<true>(record + Statement<E>::leaves, local);
  record[Statement<E>::words] = id;
  values[index] = local.y;
  head.write = record + Statement<E>::words + 1;
  head.size = index + 1;
  return basic_value<T>(local.y, index, epoch);
}

/// The unusual cases: leaves of older segments, leaves without history, stale leaves. The
/// expression comes by value: by reference it would be kept in memory on the usual path too.
template <class E, class T>
#if defined(__GNUC__) && !defined(__clang__)
__attribute__((noipa, cold))
#else
[[gnu::noinline, gnu::cold]]
#endif
basic_value<T>
record_cold(TapeHead<T>& head, E e, LocalOf<E> local) {
  bool any_live = false;
  Part<E>::for_each_leaf(e,
                         [&](const auto& x) { any_live |= is_live(head, x.index(), x.epoch()); });
  if (!any_live) return basic_value<T>(local.y, 0, 0);
  std::uint32_t indices[Statement<E>::leaves];
  std::uint32_t* next = indices;
  Part<E>::for_each_leaf(e, [&](const auto& x) {
    *next++ = is_live(head, x.index(), x.epoch()) ? x.index() : append_source(head, x.value());
  });
  const std::uint32_t id = Statement<E>::id();
  make_room(head, Statement<E>::words + 1);
  return append<E>(head, id, local, [&indices](std::uint32_t* record) {
    for (const std::uint32_t index : indices) *record++ = index;
  });
}

template <class T, class E>
[[gnu::always_inline]] inline basic_value<T> record(const E& e) {
  using S = Statement<E>;
  const LocalOf<E> local = Part<E>::evaluate(e);
  if constexpr (S::leaves == 0) {
    return basic_value<T>(local.y, 0, 0);
  } else {
    TapeHead<T>& head = *active_head<T>();
    const std::uint32_t epoch = head.epoch, previous = head.previous_epoch;
    // Integers, because a branch for each leaf would cost more than the compare.
    unsigned all_live = recording.enabled ? 1 : 0;
    Part<E>::for_each_leaf(e, [&](const auto& x) {
      all_live &=
          static_cast<unsigned>(x.epoch() == epoch) | static_cast<unsigned>(x.epoch() == previous);
    });
    if (all_live == 0) [[unlikely]] {
      std::uint32_t any_epoch = 0;
      Part<E>::for_each_leaf(e, [&](const auto& x) { any_epoch |= x.epoch(); });
      if (any_epoch == 0 || !recording.enabled) return basic_value<T>(local.y, 0, 0);
      return record_cold<E, T>(head, e, local);
    }
    const std::uint32_t id = S::id();
    if (head.limit - head.write <= static_cast<std::ptrdiff_t>(S::words) ||
        head.size == head.capacity) [[unlikely]] {
      make_room(head, S::words + 1);
    }
    return append<E>(head, id, local, [&e](std::uint32_t* next) {
      Part<E>::for_each_leaf(e, [&next](const auto& x) { *next++ = x.index(); });
    });
  }
}

}  // namespace nabla::detail
