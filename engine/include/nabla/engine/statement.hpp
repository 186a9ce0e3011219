// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <nabla/engine/pack.hpp>
#include <nabla/engine/part.hpp>

// A statement is one Expression that became a Value. On the tape it is a record of 32-bit words,
//
//   [index of each leaf][constants][id]
//
// and everything else about it is in the type of the expression: Statement<E> is the code that
// sweeps over such a record in reverse (for one result or for several at once) and unfolds it into
// elementary ops. The id names the type; it is given when the first statement of that type is
// recorded. Thread safe.
//
// In a loop the constants are often those of the statement before. Where they are many, such a
// record, Statement<E, true>, has instead of them the way back to where they stand:
//
//   [index of each leaf][words from the constants to this record][id]

namespace nabla::detail {

/// Words that close a record. The first ones are not statements.
inline constexpr std::uint32_t kStop = 0;      ///< the bottom of the tape
inline constexpr std::uint32_t kInputs = 1;    ///< [first index][1]: variables
inline constexpr std::uint32_t kSources = 2;   ///< [first index][2]: numbers without history
inline constexpr std::uint32_t kExternal = 3;  ///< [number of the External][3]
inline constexpr std::uint32_t kFirstStatement = 4;
inline constexpr std::uint32_t kNoStatement = 0xffffffffu;

// The id of a type of statement is its number in the table and, above that, the words of its
// records (or kManyWords), so that a sweep passes over a record without asking the table.
inline constexpr std::uint32_t kNumberBits = 20;
inline constexpr std::uint32_t kNumberMask = (1u << kNumberBits) - 1;
inline constexpr std::uint32_t kManyWords = (1u << (32 - kNumberBits)) - 1;

/// What the tape knows of a type of statement, whatever its numbers are.
struct StatementInfo {
  std::uint32_t leaves;
  std::uint32_t words;  ///< without the id
  std::uint32_t operations;
  UnfoldStatement unfold;
  StatementInfo* again;  ///< the same with the constants of the statement before, or null
  std::uint32_t id = 0;  ///< 0 until the first one is recorded

  /// The id, or 0: a thread may see it late and ask for it again. Not an atomic load, because
  /// compilers keep nothing in registers over one. Whoever has the id has what it leads to: its
  /// entry in the table was written before it, and statement_table() looks no earlier.
  [[nodiscard]] std::uint32_t known_id() const {
#if defined(__SANITIZE_THREAD__)
    return std::atomic_ref(const_cast<std::uint32_t&>(id)).load(std::memory_order_acquire);
#else
    return id;
#endif
  }
};

/// A function whose type its caller knows.
using AnyCode = void (*)();

/// What the number in the id of a statement leads to. The code of the sweep stands by itself: it is
/// needed at each change of type, and a mispredicted one waits for it.
struct StatementTable {
  const StatementInfo* const* types;
  const AnyCode* reverse;
};

/// Where a sweep stands: at the id of the next record, whose (last) value has this index.
struct SweepPoint {
  const std::uint32_t* word;
  std::uint32_t index;
};

/// What the code of a sweep has in memory: the way to that of other types, and where it stopped.
struct TapeSweep {
  const AnyCode* reverse;
  SweepPoint at;
};

/// Sweeps over the record at `word`, whose result has the gradient `g` (which is not zero and no
/// longer in `adjoints`), then over the statements below: from one type to the next without coming
/// back, until there is something else than a statement, or one without gradient. The call of the
/// next is the last thing that the code of a type does. Optimizing compilers make a jump of it, which
/// needs no stack; for others `steps` bounds how deep it goes.
template <class T>
using Reverse = void (*)(const std::uint32_t* word, std::size_t index, T* adjoints, const T* values,
                         TapeSweep& sweep, std::uint32_t steps, T g);
inline constexpr std::uint32_t kSteps = 64;

/// The same for one record.
template <class T>
using ReverseOne = SweepPoint (*)(const std::uint32_t* word, std::uint32_t index, T* adjoints,
                                  const T* values, const T& g);

/// The gradients of several results by one value, side by side.
inline constexpr int kLanes = 8;
template <class T>
using Lanes = Pack<T, kLanes>;

/// The same for several results at once. Sweeps as long as the id is `repeat`.
template <class T>
using ReverseLanes = SweepPoint (*)(const std::uint32_t* word, std::uint32_t index,
                                    Lanes<T>* adjoints, const T* values, std::uint32_t repeat,
                                    bool retain);

/// Tells the compiler what is so, where it cannot know.
[[gnu::always_inline]] inline void assume([[maybe_unused]] bool condition) {
#if defined(__GNUC__)
  if (!condition) __builtin_unreachable();
#endif
}

/// True if it is not zero and not NaN, for which two comparisons would be needed.
template <class T>
[[gnu::always_inline]] inline bool is_nonzero_number(T x) {
#if defined(__GNUC__)
  return __builtin_islessgreater(x, T(0));
#else
  return x < 0 || x > 0;
#endif
}

/// A sink of the chain rule: the gradients of the leaves.
template <class T>
struct AddToAdjoints {
  T* adjoints;
  [[gnu::always_inline]] void add(const std::uint32_t* leaf, const T& g) const {
    T& adjoint = adjoints[*leaf];
    adjoint = sum(adjoint, g);
  }
};
/// The same, where what the first leaf gets stays in a register if that leaf is the result of the
/// statement below: in a chain, each would wait for the store of the one before. Indices are read
/// again (volatile): kept from when the leaves' numbers were read, they take more registers than
/// there are.
template <class T>
struct AddOrCarry {
  T* adjoints;
  const std::uint32_t* first;  ///< the first leaf
  bool is_chain;
  T* carry;
  [[gnu::always_inline]] void add(const std::uint32_t* leaf, const T& g) const {
    if (leaf == first && is_chain) {
      *carry = g;
    } else {
      adjoints[*static_cast<const volatile std::uint32_t*>(leaf)] += g;
    }
  }
};
/// The same for several results, of which the chain rule gives the slopes and `g` is what arrives.
template <class T>
struct AddToLanes {
  Lanes<T>* adjoints;
  const Lanes<T>& g;
  [[gnu::always_inline]] void add(const std::uint32_t* leaf, const T& slope) const {
    Lanes<T>& to = adjoints[*leaf];
    to = to.plus(g.times_or_zero(slope));
  }
};

template <class T>
struct StatementType : StatementInfo {
  constexpr StatementType(std::uint32_t n_leaves, std::uint32_t n_words, std::uint32_t n_operations,
                          UnfoldStatement unfold_function, StatementInfo* with_same_constants,
                          Reverse<T> reverse_function, ReverseOne<T> one_function,
                          ReverseLanes<T> lanes_function)
      : StatementInfo{n_leaves, n_words, n_operations, unfold_function, with_same_constants},
        reverse(reverse_function),
        reverse_one(one_function),
        reverse_lanes(lanes_function) {}
  Reverse<T> reverse;  ///< null where the numbers are not plain
  ReverseOne<T> reverse_one;
  ReverseLanes<T> reverse_lanes;  ///< null where the numbers are not plain
};

/// Gives the type of statement its id, and its code for sweeps a place in the table.
std::uint32_t register_statement(StatementInfo& info, AnyCode reverse);
/// All types by the number in their id. Complete for ids that were given before the call; stays
/// valid.
const StatementTable& statement_table();

/// The words of a record with this id, the id not counted.
[[gnu::always_inline]] inline std::uint32_t words_of_record(std::uint32_t id,
                                                            const StatementTable& table) {
  const std::uint32_t words = id >> kNumberBits;
  return words != kManyWords ? words : table.types[id & kNumberMask]->words;
}

template <class E, bool kAgain = false>
struct Statement {
  using T = typename E::T;
  using P = Part<E>;
  static constexpr std::uint32_t leaves = P::leaves;
  static constexpr std::uint32_t constants = P::constants - P::stored;
  static constexpr std::uint32_t words = leaves + (kAgain ? 1 : constants);
  /// Two numbers or more, and none that is computed: worth a look whether they are the same again.
  static constexpr bool shares_constants =
      !is_recorded<T> && P::computed == 0 && constants >= 2 * words_of<double>();

  [[gnu::always_inline]] static const std::uint32_t* constants_of(const std::uint32_t* record) {
    return kAgain ? record - record[leaves] : record + leaves;
  }
  [[gnu::always_inline]] static void load(const std::uint32_t* record, const T* values,
                                          std::size_t index, typename P::Local& local) {
    P::template load<true>(record, constants_of(record), values, values[index], local);
  }

  static void reverse(const std::uint32_t* word, std::size_t index, T* adjoints, const T* values,
                      TapeSweep& sweep, std::uint32_t steps, T g) {
    const std::uint32_t id = *word;
    for (;;) {
      assume(g != 0);
      const std::uint32_t* record = word - words;
      typename P::Local local;
      load(record, values, index, local);
      word = record - 1;
      --index;
      const bool is_chain = *record == index;
      T carry = 0;
      P::template propagate<true>(record, local, g,
                                  AddOrCarry<T>{adjoints, record, is_chain, &carry});
      g = adjoints[index] + carry;
      const std::uint32_t below = *word;
      if (!is_nonzero_number(g)) [[unlikely]]
        break;
      if (below != id) {
        if (below < kFirstStatement || steps == 0) break;
        adjoints[index] = 0;
        const auto code = reinterpret_cast<Reverse<T>>(sweep.reverse[below & kNumberMask]);
        return code(word, index, adjoints, values, sweep, steps - 1, g);
      }
      adjoints[index] = 0;
    }
    adjoints[index] = g;
    sweep.at = {word, static_cast<std::uint32_t>(index)};
  }

  static SweepPoint reverse_one(const std::uint32_t* word, std::uint32_t index, T* adjoints,
                                const T* values, const T& g) {
    const std::uint32_t* record = word - words;
    typename P::Local local;
    load(record, values, index, local);
    P::template propagate<true>(record, local, g, AddToAdjoints<T>{adjoints});
    return {record - 1, index - 1};
  }

  static SweepPoint reverse_lanes(const std::uint32_t* word, std::uint32_t index,
                                  Lanes<T>* adjoints, const T* values, std::uint32_t repeat,
                                  bool retain) {
    do {
      const std::uint32_t* record = word - words;
      const Lanes<T> g = adjoints[index];
      if (!g.is_zero()) {
        if (!retain) adjoints[index] = Lanes<T>();
        typename P::Local local;
        load(record, values, index, local);
        P::template propagate<true>(record, local, T(1), AddToLanes<T>{adjoints, g});
      }
      --index;
      word = record - 1;
    } while (*word == repeat);
    return {word, index};
  }

  static std::uint32_t unfold(const std::uint32_t* record, std::uint32_t index,
                              const void* tape_values, Unfolder& unfolder) {
    const T* values = static_cast<const T*>(tape_values);
    typename P::Local local;
    load(record, values, index, local);
    return P::unfold(record, local, unfolder);
  }

  static constexpr StatementInfo* again() {
    if constexpr (shares_constants && !kAgain) {
      return &Statement<E, true>::type;
    } else {
      return nullptr;
    }
  }

  static constexpr Reverse<T> reverse_function() {
    if constexpr (std::is_floating_point_v<T>) {
      return &reverse;
    } else {
      return nullptr;
    }
  }
  static constexpr ReverseLanes<T> lanes_function() {
    if constexpr (std::is_floating_point_v<T>) {
      return &reverse_lanes;
    } else {
      return nullptr;
    }
  }

  static constinit StatementType<T> type;
};

template <class E, bool kAgain>
constinit StatementType<typename E::T> Statement<E, kAgain>::type{leaves,
                                                                  words,
                                                                  P::operations,
                                                                  &unfold,
                                                                  again(),
                                                                  reverse_function(),
                                                                  &Statement::reverse_one,
                                                                  lanes_function()};

}  // namespace nabla::detail
