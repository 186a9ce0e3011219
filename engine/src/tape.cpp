// SPDX-License-Identifier: MIT
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/engine/value.hpp>

namespace nabla {

namespace detail {

thread_local constinit TapeHead<double>* double_head = &no_tape<double>;
thread_local constinit TapeHead<float>* float_head = &no_tape<float>;

void tell_of_comparison(const Value& a, const Value& b, Relation relation, bool outcome) {
  double_head->comparisons->compared(a, b, relation, outcome);
}

bool is_watched(const Value& x) { return x.has_history() && double_head->comparisons->watches(x); }

Value detached(const Value& x) {
  if (!is_watched(x)) return Value(x.value());
  if (!is_live(*double_head, x.place())) throw_unseen();
  return double_head->comparisons->held(x);
}

void throw_unseen() {
  throw GraphError(
      "[Program] a Value of the function that is recorded is used while an inner Tape is active, "
      "where it counts as a number, and the Program would not follow it; compute with it before "
      "that Tape");
}

namespace {

/// Threads take lives in blocks, so that two threads never give the same one, and give back what they
/// have not used: of many threads that live shortly each uses up a few. Life 0 is none.
struct Lives {
  std::uint32_t next, end;
};
thread_local constinit Lives lives{0, 0};

class Supply {
 public:
  Lives take() {
    constexpr std::uint32_t kBlock = 4096;
    const std::lock_guard lock(mutex_);
    if (unused_.empty()) return {std::exchange(next_, next_ + kBlock), next_ + kBlock};
    const Lives block = unused_.back();
    unused_.pop_back();
    return block;
  }
  void give_back(Lives block) {
    const std::lock_guard lock(mutex_);
    unused_.push_back(block);
  }

 private:
  std::mutex mutex_;
  std::vector<Lives> unused_;
  std::uint32_t next_ = 0;
};

/// Outlives all threads.
Supply& supply() {
  static Supply& instance = *std::make_unique<Supply>().release();
  return instance;
}

/// At the end of the thread.
struct GiveBack {
  ~GiveBack() {
    const Lives rest = std::exchange(lives, {0, 0});
    if (rest.next != rest.end) supply().give_back(rest);
  }
};

void take_lives() {
  static thread_local GiveBack at_the_end;
  static_cast<void>(at_the_end);
  lives = supply().take();
}

}  // namespace

std::uint32_t next_epoch(std::size_t depth) {
  constexpr std::uint32_t kLives = 1u << (32 - kDepthBits);
  std::uint32_t life = 0;
  while (life == 0) {
    if (lives.next == lives.end) take_lives();
    life = lives.next++ % kLives;
  }
  return (static_cast<std::uint32_t>(depth) & kDepthMask) << (32 - kDepthBits) | life;
}

void throw_passive(const char* operation) {
  throw GraphError(fmt::format(
      "[{}] no history: got a plain number, need a recorded Value; make inputs with variable(x)",
      operation));
}

void throw_stale(const char* operation) {
  throw GraphError(fmt::format(
      "[{}] no history: its tape was rewound, is gone, or belongs to another thread; ask before "
      "rewinding",
      operation));
}

void throw_not_retained(const char* operation) {
  throw GraphError(
      fmt::format("[{}] not kept: got an intermediate Value, need a variable; sweep with "
                  "backward(y, {{.retain_grad = true}})",
                  operation));
}

void throw_not_settable(const char* operation) {
  throw GraphError(fmt::format(
      "[{}] not a variable that nothing was computed from: statements were recorded after it; "
      "rewind to a mark before them first",
      operation));
}

void check_lengths(const char* operation, std::size_t variables, std::size_t numbers) {
  if (variables == numbers) return;
  throw ShapeError(fmt::format("[{}] lengths: got {} variables and {} numbers, need one each",
                               operation, variables, numbers));
}

void throw_dropped_mark() {
  throw GraphError(
      "[rewind] unknown mark: got one of another tape, or the tape was rewound or reset to a place "
      "before it; mark again");
}

void throw_too_many_values() {
  throw GraphError(
      "[tape] full: got more than 2^32 - 16 values, need fewer; rewind, or use several tapes");
}

void throw_thread_ends() {
  throw GraphError(
      "[tape] the thread ends and its own tape is gone: got a recording from the destructor of a "
      "static or thread_local object, need a Tape there");
}

void throw_memory_limit(std::size_t needed, std::size_t limit) {
  throw GraphError(fmt::format(
      "[tape] memory limit: got {} bytes, need at most {}; rewind more often or raise the limit",
      needed, limit));
}

template bool is_live<double>(const TapeHead<double>&, Place);
template bool is_live<float>(const TapeHead<float>&, Place);
template Place record_unusual<double>(TapeHead<double>&, StatementInfo&, Leaf<double>*,
                                      const double&, const void*, PutConstants);
template Place record_unusual<float>(TapeHead<float>&, StatementInfo&, Leaf<float>*, const float&,
                                     const void*, PutConstants);
template Place append_input<double>(double);
template Place append_input<float>(float);

}  // namespace detail

template class basic_tape<double>;
template class basic_tape<float>;

Value variable(double value, const Name& name) {
  const Value x = Value::variable(value);
  if (!name.text.empty()) Tape::active().set_name(x, name);
  return x;
}

}  // namespace nabla
