// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <type_traits>

#include <nabla/engine/part.hpp>

// A statement is one Expression that became a Value. On the tape it is a record of 32-bit words,
//
//   [index of each leaf][constants][type id]
//
// and everything else about it is in the type of the expression: Statement<E> is the code that
// writes such a record, sweeps over it in reverse, gives its derivative by each leaf (for a sweep of
// many directions at once) and unfolds it into elementary ops. The id names
// the type; it is given when the first statement of that type is recorded. Thread safe.

namespace nabla::detail {

/// Words that close a record. The first ones are not statements.
inline constexpr std::uint32_t kStop = 0;      ///< the bottom of the tape
inline constexpr std::uint32_t kInputs = 1;    ///< [first index][1]: variables
inline constexpr std::uint32_t kSources = 2;   ///< [first index][2]: numbers without history
inline constexpr std::uint32_t kExternal = 3;  ///< [number of the External][3]
inline constexpr std::uint32_t kFirstStatement = 4;
inline constexpr std::uint32_t kNoStatement = 0xffffffffu;

/// What the tape knows of a type of statement, whatever its numbers are.
struct StatementInfo {
  std::uint32_t leaves;
  std::uint32_t words;  ///< without the id
  std::uint32_t operations;
  UnfoldStatement unfold;            ///< null where the numbers are not plain
  std::atomic<std::uint32_t> id{0};  ///< 0 until the first one is recorded
};

/// Where a sweep stands: at the id of the next record, whose (last) value has this index.
struct SweepPoint {
  const std::uint32_t* word;
  std::uint32_t index;
};

/// Sweeps over the record at `word` and on over those below it whose id is `repeat`.
template <class T>
using Reverse = SweepPoint (*)(const std::uint32_t* word, std::uint32_t index, T* adjoints,
                               const T* values, std::uint32_t repeat);

/// Writes the derivative of the record's value by each of its leaves.
template <class T>
using Slopes = void (*)(const std::uint32_t* record, std::uint32_t index, const T* values,
                        T* slopes);

/// A sink of the chain rule: the gradients of the leaves.
template <class T>
struct AddToAdjoints {
  T* adjoints;
  [[gnu::always_inline]] void add(const std::uint32_t* leaf, const T& g) const {
    T& adjoint = adjoints[*leaf];
    adjoint = sum(adjoint, g);
  }
};
/// A sink of the chain rule: one slot for each leaf of the record.
template <class T>
struct WriteSlopes {
  const std::uint32_t* record;
  T* slopes;
  [[gnu::always_inline]] void add(const std::uint32_t* leaf, const T& g) const {
    slopes[leaf - record] = g;
  }
};

template <class T>
struct StatementType : StatementInfo {
  constexpr StatementType(std::uint32_t n_leaves, std::uint32_t n_words, std::uint32_t n_operations,
                          UnfoldStatement unfold_function, Reverse<T> reverse_function,
                          Slopes<T> slopes_function)
      : StatementInfo{n_leaves, n_words, n_operations, unfold_function},
        reverse(reverse_function),
        slopes(slopes_function) {}
  Reverse<T> reverse;
  Slopes<T> slopes;  ///< null where the numbers are not plain
};

/// Gives the type of statement its id.
std::uint32_t register_statement(StatementInfo& info);
/// All types by id. Complete for ids that were given before the call; stays valid.
StatementInfo* const* statement_table();

template <class E>
struct Statement {
  using T = typename E::T;
  using P = Part<E>;
  static constexpr std::uint32_t leaves = P::leaves;
  static constexpr std::uint32_t words = P::leaves + P::constants - P::stored;

  static SweepPoint reverse(const std::uint32_t* word, std::uint32_t index, T* adjoints,
                            const T* values, std::uint32_t repeat) {
    do {
      const std::uint32_t* record = word - words;
      const T g = adjoints[index];
      if (!is_zero(g)) {
        const auto local = P::template load<true>(record, record + leaves, values, values[index]);
        adjoints[index] = T(0);
        P::template propagate<true>(record, local, g, AddToAdjoints<T>{adjoints});
      }
      --index;
      word = record - 1;
    } while (*word == repeat);
    return {word, index};
  }

  static void slopes(const std::uint32_t* record, std::uint32_t index, const T* values, T* slopes) {
    const auto local = P::template load<true>(record, record + leaves, values, values[index]);
    P::template propagate<true>(record, local, T(1), WriteSlopes<T>{record, slopes});
  }

  static std::uint32_t unfold(const std::uint32_t* record, std::uint32_t index,
                              const void* tape_values, Unfolder& unfolder) {
    const T* values = static_cast<const T*>(tape_values);
    const auto local = P::template load<true>(record, record + leaves, values, values[index]);
    return P::unfold(record, local, unfolder);
  }

  static constexpr UnfoldStatement unfold_function() {
    if constexpr (std::is_floating_point_v<T>) {
      return &unfold;
    } else {
      return nullptr;
    }
  }

  static constexpr Slopes<T> slopes_function() {
    if constexpr (std::is_floating_point_v<T>) {
      return &slopes;
    } else {
      return nullptr;
    }
  }

  [[gnu::always_inline]] static std::uint32_t id() {
    const std::uint32_t known = type.id.load(std::memory_order_acquire);
    return known != 0 ? known : register_statement(type);
  }

  static constinit StatementType<T> type;
};

template <class E>
constinit StatementType<typename E::T> Statement<E>::type{
    leaves, words, P::operations, unfold_function(), &Statement::reverse, slopes_function()};

}  // namespace nabla::detail
