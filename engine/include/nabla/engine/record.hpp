// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
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

template <class T>
[[gnu::always_inline]] inline std::uint64_t difference(const TapeHead<T>& head, Place leaf) {
  return leaf.difference(head.live[leaf.depth()]);
}
/// True if all leaves belong to one of the youngest segments. Without a branch for each leaf.
template <class E, class T, std::uint32_t... K>
[[gnu::always_inline]] inline bool are_recent(const E& e, const TapeHead<T>& head, Leaves<K...>) {
  return (... | difference(head, Part<E>::template leaf<K>(e).place())) >> 32 == 0;
}
template <class E, std::uint32_t... K>
[[gnu::always_inline]] constexpr bool any_history(const E& e, Leaves<K...>) {
  return (... || Part<E>::template leaf<K>(e).has_history());
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
/// A statement in memory, for the unusual cases. What is known of it after the call is read from
/// here: numbers that lived on in registers would be kept in memory on the usual path too, because
/// no call preserves their registers.
template <class T, class E>
struct Unusual {
  Leaf<T> leaves[Statement<E>::leaves];
  LocalOf<E> local;
};
template <class T, class E, std::uint32_t... K>
[[gnu::always_inline]] constexpr Unusual<T, E> unusual(const E& e, const LocalOf<E>& local,
                                                       Leaves<K...>) {
  return {{{Part<E>::template leaf<K>(e).value(), Part<E>::template leaf<K>(e).place()}...}, local};
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

/// The words from the constants of the statement below to this record, if that is of the same type
/// and they are the same; else 0.
template <class E>
[[gnu::always_inline]] inline std::uint32_t way_to_constants(const std::uint32_t* record,
                                                             std::uint32_t id,
                                                             const LocalOf<E>& local) {
  using S = Statement<E>;
  using Again = Statement<E, true>;
  const std::uint32_t again = Again::type.known_id();
  if (again == 0)
    return 0;  // another thread may have given both ids, and this one see only the first
  const std::uint32_t* constants;
  if (record[-1] == again) {
    constants = Again::constants_of(record - (Again::words + 1));
  } else if (record[-1] == id) {
    constants = S::constants_of(record - (S::words + 1));
  } else {
    return 0;
  }
  const auto way = static_cast<std::size_t>(record - constants);
  const bool is_near = way <= std::numeric_limits<std::uint32_t>::max();
  return is_near && Part<E>::has_constants(constants, local) ? static_cast<std::uint32_t>(way) : 0;
}

template <class E>
void put_constants(std::uint32_t* record, const void* local) {
  Part<E>::template put_constants<true>(record + Statement<E>::leaves,
                                        *static_cast<const LocalOf<E>*>(local));
}

/// Has no effect. It makes known to the compiler, where the unusual cases join the usual one, what
/// the tape looks like; then a loop keeps that in registers instead of reading at each statement
/// what the one before has just written, for which it would wait.
template <class T>
[[gnu::always_inline]] inline void look_at_tape() {
#if defined(__GNUC__)
  const TapeHead<T>& head = *active_head<T>();
  asm volatile("" : : "r"(head.write), "r"(head.limit), "r"(head.size));
#endif
}

/// True if NoGrad must be asked for here. It closes the tapes of float and double itself.
template <class T>
[[gnu::always_inline]] inline bool is_off() {
  return !std::is_floating_point_v<T> && !recording.enabled;
}

/// Computes the expression and records it as one statement.
template <class T, class E>
[[gnu::always_inline]] inline basic_value<T> record(const E& e) {
  using S = Statement<E>;
  LocalOf<E> local;
  Part<E>::evaluate(e, local);
  if constexpr (S::leaves == 0) {
    return basic_value<T>(local.y);
  } else {
    constexpr LeafNumbers<E> all{};
    TapeHead<T>& head = *active_head<T>();
    std::uint32_t* const record = head.write;
    const std::uint32_t index = head.size;
    const std::uint32_t id = S::type.known_id();
    // One way out for everything unusual: the fewer calls there are, the fewer numbers a loop
    // keeps in memory because of them.
    if (record >= head.limit || !are_recent(e, head, all) || id == 0 || is_off<T>() ||
        S::words >= kSlack) [[unlikely]] {
      Place place;
      T y = local.y;
      if (any_history(e, all) && (recording.enabled || head.comparisons != nullptr)) {
        auto kept = unusual<T>(e, local, all);
        place = record_unusual<T>(head, S::type, kept.leaves, kept.local.y, &kept.local,
                                  &put_constants<E>);
        y = kept.local.y;
      }
      look_at_tape<T>();
      return basic_value<T>(y, place);
    }
    const Place place = head.origin.at(index);
    put_indices(record, leaf_indices(e, all), all);
    std::uint32_t* end = record + S::words;
    std::uint32_t way = 0;
    if constexpr (S::shares_constants) way = way_to_constants<E>(record, id, local);
    if (way != 0) {
      end = record + Statement<E, true>::words;
      end[-1] = way;
      *end = Statement<E, true>::type.known_id();
    } else {
      Part<E>::template put_constants<true>(record + S::leaves, local);
      *end = id;
    }
    head.values[index] = local.y;
    head.write = end + 1;
    head.size = index + 1;
    return basic_value<T>(local.y, place);
  }
}

}  // namespace nabla::detail
