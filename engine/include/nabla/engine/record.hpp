// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <nabla/engine/recording.hpp>
#include <nabla/engine/statement.hpp>
#include <nabla/engine/tape_head.hpp>

// How an expression becomes a Value: it is computed, and if one of its leaves has history and the
// thread is recording, it is written to the active tape as one statement. The usual case, that all
// leaves have history in the youngest segments, is a compare a leaf and a few stores. The rest
// is out of line, in one call that takes plain numbers: an expression passed to a call would be
// kept in memory on the usual path too.

namespace nabla::detail {

template <class E>
using LocalOf = typename Part<E>::Local;

// Small steps over the leaves of an expression, K = 0, 1, ... They are functions and not lambdas,
// because a lambda's captures would be kept in memory too.
template <class E>
using LeafNumbers = std::make_integer_sequence<std::uint32_t, Statement<E>::leaves>;
template <std::uint32_t... K>
using Leaves = std::integer_sequence<std::uint32_t, K...>;

/// 0 if all leaves belong to one of the youngest segments. Without a branch for each leaf.
template <class E, class T, std::uint32_t... K>
[[gnu::always_inline]] inline std::uint32_t unknown_leaves(const E& e, const TapeHead<T>& head,
                                                           Leaves<K...>) {
  return (... | (head.live[Part<E>::template leaf<K>(e).epoch() & kDepthMask] ^
                 Part<E>::template leaf<K>(e).epoch()));
}
template <class E, std::uint32_t... K>
[[gnu::always_inline]] constexpr bool any_history(const E& e, Leaves<K...>) {
  return (... | Part<E>::template leaf<K>(e).epoch()) != 0;
}
/// Indices of the leaves of a statement; in registers, because they are never indexed at run time.
template <std::uint32_t N>
struct LeafIndices {
  std::uint32_t of[N];
};
template <class E, std::uint32_t... K>
[[gnu::always_inline]] constexpr LeafIndices<sizeof...(K)> leaf_indices(const E& e, Leaves<K...>) {
  return {{Part<E>::template leaf<K>(e).index()...}};
}
/// The leaves in memory, for the unusual cases.
template <class T, std::uint32_t N>
struct LeafList {
  Leaf<T> of[N];
};
template <class T, class E, std::uint32_t... K>
[[gnu::always_inline]] constexpr LeafList<T, sizeof...(K)> leaf_list(const E& e, Leaves<K...>) {
  return {{{Part<E>::template leaf<K>(e).value(), Part<E>::template leaf<K>(e).index(),
            Part<E>::template leaf<K>(e).epoch()}...}};
}
template <class T, std::uint32_t... K>
[[gnu::always_inline]] constexpr LeafIndices<sizeof...(K)> leaf_indices(
    const LeafList<T, sizeof...(K)>& leaves, Leaves<K...>) {
  return {{leaves.of[K].index...}};
}
/// volatile: gathering them in a vector register for one store costs more than these stores.
[[gnu::always_inline]] inline void put_index(volatile std::uint32_t* word, std::uint32_t index) {
  *word = index;
}
template <std::uint32_t N, std::uint32_t... K>
[[gnu::always_inline]] inline void put_indices(std::uint32_t* record, const LeafIndices<N>& leaves,
                                               Leaves<K...>) {
  (put_index(record + K, leaves.of[K]), ...);
}

/// Writes the statement. There is room, and its leaves have these indices.
template <class E, class T>
[[gnu::always_inline]] inline basic_value<T> append(TapeHead<T>& head,
                                                    const LeafIndices<Statement<E>::leaves>& leaves,
                                                    std::uint32_t id, const LocalOf<E>& local) {
  using S = Statement<E>;
  std::uint32_t* const record = head.write;
  T* const values = head.values;
  const std::uint32_t index = head.size;
  const std::uint32_t epoch = head.epoch;
  put_indices(record, leaves, LeafNumbers<E>{});
  Part<E>::template put_constants<true>(record + S::leaves, local);
  record[S::words] = id;
  values[index] = local.y;
  head.write = record + S::words + 1;
  head.size = index + 1;
  return basic_value<T>(local.y, index, epoch);
}

/// Computes the expression and records it as one statement.
template <class T, class E>
[[gnu::always_inline]] inline basic_value<T> record(const E& e) {
  using S = Statement<E>;
  LocalOf<E> local;
  Part<E>::evaluate(e, local);
  if constexpr (S::leaves == 0) {
    return basic_value<T>(local.y, 0, 0);
  } else {
    TapeHead<T>& head = *active_head<T>();
    constexpr LeafNumbers<E> all{};
    auto leaves = leaf_indices(e, all);
    std::uint32_t id = S::type.id.load(std::memory_order_acquire);
    // One way out for everything unusual: the fewer calls there are, the fewer numbers a loop
    // keeps in memory because of them.
    if (unknown_leaves(e, head, all) != 0 || !recording.enabled || id == 0 ||
        head.write >= head.limit || head.size == head.capacity || S::words >= kSlack) [[unlikely]] {
      if (!any_history(e, all) || !recording.enabled) return basic_value<T>(local.y, 0, 0);
      auto list = leaf_list<T>(e, all);
      if (!prepare_statement<T>(head, list.of, S::type)) return basic_value<T>(local.y, 0, 0);
      leaves = leaf_indices(list, all);
      id = S::type.id.load(std::memory_order_acquire);
    }
    return append<E>(head, leaves, id, local);
  }
}

}  // namespace nabla::detail
