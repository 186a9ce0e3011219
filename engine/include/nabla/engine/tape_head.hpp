// SPDX-License-Identifier: MIT
#pragma once

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

/// Epochs of handles: 0 has no history, kNoEpoch is never given to one.
inline constexpr std::uint32_t kNoEpoch = 0xffffffffu;

template <class T>
struct TapeHead {
  std::uint32_t* write;  ///< the next record begins here; write[-1] is the id of the last one
  std::uint32_t* limit;
  T* values;
  std::uint32_t size;  ///< values in use; index 0 is not
  std::uint32_t capacity;
  std::uint32_t epoch;           ///< of the segment that is recorded now
  std::uint32_t previous_epoch;  ///< of the one before it
};

inline constinit std::uint32_t no_words[2] = {0, 0};

template <class T>
inline constinit TapeHead<T> no_tape{no_words + 2, no_words + 2, nullptr, 0, 0, kNoEpoch, kNoEpoch};

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

/// An epoch that no handle of any thread has (they repeat after 2^32).
std::uint32_t next_epoch();

/// True if this handle names something on the tape. Cold.
template <class T>
bool is_live(const TapeHead<T>& head, std::uint32_t index, std::uint32_t epoch);
/// Makes room for a record and its value, or throws before anything changed.
template <class T>
void make_room(TapeHead<T>& head, std::uint32_t words);
/// Gives a number without history an index on the tape.
template <class T>
std::uint32_t append_source(TapeHead<T>& head, const T& value);
/// Gives a variable an index on the thread's active tape, which is made if there is none.
template <class T>
void append_input(const T& value, std::uint32_t& index, std::uint32_t& epoch);

}  // namespace detail
}  // namespace nabla
