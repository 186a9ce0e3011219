// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <nabla/engine/words.hpp>

// TapeHead is the part of a tape that recording touches at each statement, and the thread's
// pointer to the one that is active. The head of a thread without a tape is `no_tape`, whose epoch
// no handle has, so that recording needs no test for it.

namespace nabla {

template <class T>
class basic_tape;

namespace detail {

struct StatementInfo;
class ComparisonLog;

// An epoch names the life of one segment of one tape: a handle is live while its epoch is. The
// upper bits are the segment's depth, so that one look into a table of the youngest segments tells.
// 0 is the epoch of a number without history.
inline constexpr std::uint32_t kDepthBits = 3;
inline constexpr std::uint32_t kDepths = 1u << kDepthBits;
inline constexpr std::uint32_t kDepthMask = kDepths - 1;
/// An epoch that no handle has, of another depth than its place in the table says.
inline constexpr std::uint32_t kNoEpoch = 1u << (32 - kDepthBits);

/// Where a value stands: in which life of which segment, and its index. One word, because two are
/// moved one by one or gathered in a vector register, and both cost more.
class Place {
 public:
  /// Of a number without history.
  constexpr Place() = default;
  constexpr Place(std::uint32_t epoch, std::uint32_t index)
      : bits_(std::uint64_t{epoch} << 32 | index) {}

  [[nodiscard]] constexpr std::uint32_t index() const { return static_cast<std::uint32_t>(bits_); }
  [[nodiscard]] constexpr std::uint32_t epoch() const {
    return static_cast<std::uint32_t>(bits_ >> 32);
  }
  /// Where in the table of the youngest segments its segment stands, if it is one of them.
  [[nodiscard]] constexpr std::uint64_t depth() const { return bits_ >> (64 - kDepthBits); }
  /// In the same segment at this index, of a place whose index is 0.
  [[nodiscard]] constexpr Place at(std::uint32_t index) const { return Place(bits_ | index); }
  /// How far above the other it stands, if they share a segment; else more than any index.
  [[nodiscard]] constexpr std::uint64_t above(Place other) const { return bits_ - other.bits_; }
  /// All epochs that differ from the other's, in the upper half; below it anything.
  [[nodiscard]] constexpr std::uint64_t difference(Place other) const {
    return bits_ ^ other.bits_;
  }

 private:
  constexpr explicit Place(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_ = 0;
};

template <class T>
struct TapeHead {
  std::uint32_t* write;  ///< the next record begins here; write[-1] is the id of the last one
  std::uint32_t* limit;  ///< while write is below, a usual statement has room and is recorded
  T* values;
  std::uint32_t size;  ///< values in use; index 0 is not
  std::uint32_t capacity;
  Place origin;                ///< index 0 of the segment that is recorded now
  Place live[kDepths];         ///< the same of the youngest segments, by depth & kDepthMask
  std::uint32_t inputs_first;  ///< where the last run of variables begins
  std::uint32_t inputs_end;    ///< one after the index of the last variable
  T* adjoints;
  std::uint32_t adjoint_count;           ///< adjoints that exist
  ComparisonLog* comparisons = nullptr;  ///< is told of comparisons, if there is one

  /// True if it is in one of the youngest segments.
  [[nodiscard]] [[gnu::always_inline]] bool is_recent(Place place) const {
    return live[place.depth()].epoch() == place.epoch();
  }
  /// True if it is a variable of the last run, in one of the youngest segments: the usual case of
  /// whoever reads a gradient or sets a number.
  [[nodiscard]] [[gnu::always_inline]] bool is_recent_input(Place place) const {
    return is_recent(place) && place.index() >= inputs_first && place.index() < inputs_end;
  }
};

/// The most values a tape can hold.
inline constexpr std::size_t kMaxValues = 0xfffffff0u;

/// Room that recording need not ask for: the size of the largest usual record.
inline constexpr std::uint32_t kSlack = 64;

inline constinit std::uint32_t no_words[2] = {0, 0};

/// The head of a thread without a tape: full, and no handle is live on it.
template <class T>
inline constinit TapeHead<T> no_tape{
    no_words + 2, no_words + 2, nullptr, 0, 0, {}, {Place(kNoEpoch, 0)}, 0, 0, nullptr, 0};

template <class T>
inline thread_local constinit TapeHead<T>* other_head = &no_tape<T>;
#if defined(__GNUC__)
extern thread_local constinit TapeHead<double>* double_head
    __attribute__((tls_model("initial-exec")));
extern thread_local constinit TapeHead<float>* float_head
    __attribute__((tls_model("initial-exec")));
#else
extern thread_local constinit TapeHead<double>* double_head;
extern thread_local constinit TapeHead<float>* float_head;
#endif

/// The thread's pointer to the head of its active tape.
template <class T>
[[gnu::always_inline]] inline TapeHead<T>*& active_head() {
  if constexpr (std::is_same_v<T, double>) {
    return double_head;
  } else if constexpr (std::is_same_v<T, float>) {
    return float_head;
  } else {
    return other_head<T>;
  }
}

/// An epoch of a segment of this depth that no handle of any thread has. They repeat after 2^29.
std::uint32_t next_epoch(std::size_t depth);

// What recording calls in unusual cases. `noipa`: GCC 12 would otherwise leave out vzeroupper
// around them, and everything after that is slow.
#if defined(__GNUC__) && !defined(__clang__)
#define NABLA_OUT_OF_LINE __attribute__((noipa))
#else
#define NABLA_OUT_OF_LINE [[gnu::noinline]]
#endif

/// True if this handle names something on the tape.
template <class T>
NABLA_OUT_OF_LINE bool is_live(const TapeHead<T>& head, Place place);
/// A leaf of a statement: its number and its handle.
template <class T>
struct Leaf {
  T value;
  Place place;
};
/// Writes the constants of a statement, given the numbers of its expression.
using PutConstants = void (*)(std::uint32_t* record, const void* local);
/// Records a statement about which anything may be unusual: its type has no id yet, there is no
/// room, leaves are not live. Those get a place for their number; if no leaf is live, nothing is recorded. Throws before anything changed if there is
/// no room.
template <class T>
NABLA_OUT_OF_LINE Place record_unusual(TapeHead<T>& head, StatementInfo& type, Leaf<T>* leaves,
                                       const T& value, const void* local, PutConstants put);
/// A place for a variable on the thread's active tape, which is made if there is none.
template <class T>
NABLA_OUT_OF_LINE Place append_input(T value);
#undef NABLA_OUT_OF_LINE

}  // namespace detail
}  // namespace nabla
