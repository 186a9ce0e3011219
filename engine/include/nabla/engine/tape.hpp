// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nabla/engine/memory_block.hpp>
#include <nabla/engine/name.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/tape_head.hpp>
#include <nabla/engine/unfold.hpp>
#include <nabla/engine/value.hpp>

// The tape is the chronological record of the statements of one thread; engine/README.md describes
// it word by word. A `Tape` object becomes the active tape of its thread while it lives and gives
// the former one back at its end; without one, a thread has a tape of its own that grows until it
// is rewound or reset. A tape is used by one thread only; different threads do not share anything.
//
//   Tape tape;
//   std::vector<Value> x = ...;                // variables
//   const Mark start = tape.mark();
//   for (...) {
//     backward(loss(x));                       // x[i].grad()
//     tape.rewind(start);                      // forgets the statements, keeps the variables
//   }

namespace nabla {

/// A place on a tape to which it can be rewound.
class Mark {
 private:
  template <class T>
  friend class basic_tape;
  std::uint32_t depth_ = 0;        ///< number of segments before it
  std::uint32_t epoch_below_ = 0;  ///< of the last of them
  std::uint32_t start_ = 0;        ///< values before it
  const void* tape_ = nullptr;
};

struct SweepOptions {
  /// Keep the gradients of intermediate values too, until the next sweep.
  bool retain_grad = false;
};

struct TapeStatistics {
  std::size_t statements = 0;
  std::size_t operations = 0;                                        ///< elementary ones
  std::size_t inputs = 0;                                            ///< variables
  std::size_t stream_bytes = 0, value_bytes = 0, adjoint_bytes = 0;  ///< in use
  std::size_t reserved_bytes = 0;
};

/// An operation that the stream of statements cannot express: a bridge to something else, or a
/// function with many inputs and outputs. It dies when its record is rewound.
template <class T>
class basic_external {
 public:
  virtual ~basic_external() = default;
  [[nodiscard]] virtual const OpInfo& info() const = 0;
  /// Adds to the gradients of the inputs (which arrive as zero) what those of the outputs give.
  /// Called by each sweep that comes past its record, also when all output gradients are zero.
  /// Requires  records nothing on this tape
  virtual void reverse(std::span<const T> output_adjoints, std::span<T> input_adjoints) = 0;
};
class External : public basic_external<double> {};

namespace detail {
[[noreturn]] void throw_passive(const char* operation);
[[noreturn]] void throw_stale(const char* operation);
[[noreturn]] void throw_not_retained(const char* operation);
[[noreturn]] void throw_not_settable(const char* operation);
[[noreturn]] void throw_dropped_mark();
/// Errors    ShapeError unless there are as many numbers as variables
void check_lengths(const char* operation, std::size_t variables, std::size_t numbers);
[[noreturn]] void throw_too_many_values();
[[noreturn]] void throw_thread_ends();
[[noreturn]] void throw_memory_limit(std::size_t needed, std::size_t limit);

/// A record of the stream: where its id stands, and the index of its last value.
struct RecordPlace {
  std::size_t word;
  std::uint32_t last;
};
/// What some roots depend on: records from the last to the first, and which values.
struct Dependencies {
  std::vector<RecordPlace> records;
  std::vector<bool> values;
};
}  // namespace detail

template <class T>
class basic_tape : private detail::TapeHead<T> {
 public:
  using ExternalType = std::conditional_t<std::is_same_v<T, double>, External, basic_external<T>>;

  /// Becomes the active tape of this thread.
  basic_tape();
  ~basic_tape();
  basic_tape(const basic_tape&) = delete;
  basic_tape& operator=(const basic_tape&) = delete;

  /// The active tape of this thread; its own one, made now, if there is no other.
  [[nodiscard]] static basic_tape& active();

  /// The present end of the tape.
  [[nodiscard]] Mark mark();
  /// Forgets everything after the mark. Handles to it become numbers.
  /// Errors    GraphError if the mark itself was forgotten by an earlier rewind or reset, or is of another
  ///           tape
  /// Cost      independent of the number of statements; O(variables and Externals forgotten)
  void rewind(const Mark& mark);
  /// Forgets everything, keeps the memory for what comes next.
  void reset();

  /// What stands on the tape. Cost: a walk over the stream.
  [[nodiscard]] TapeStatistics statistics() const;
  /// Growing to record more than this many bytes is a GraphError. A sweep takes one T a value
  /// beside them, jacobian() eight.
  void memory_limit(std::size_t bytes) { memory_limit_ = bytes; }

  /// Adds the gradients of `seed` times `root` to those of the variables.
  /// Errors    GraphError if root has no history or is stale
  void sweep(const basic_value<T>& root, const T& seed, const SweepOptions& options = {});
  /// The two steps of a sweep, for one with several roots: seeds first, then the sweep over all
  /// records from the one that holds `index` down.
  void add_adjoint(std::uint32_t index, const T& adjoint);
  void sweep_from(std::uint32_t index, const SweepOptions& options = {});
  /// The derivatives of each y by each x, row by row: several sweeps in one, in SIMD lanes. No
  /// gradient changes. A y without history has a row of zeros. For float and double.
  /// Errors    GraphError if some x has no history, something is stale, or there are Externals on the
  ///           tape; ShapeError unless rows has a number for each y and x
  /// Cost      memory of 8 numbers a value; see engine/README.md for the time
  void jacobian(std::span<const basic_value<T>> ys, std::span<const basic_value<T>> xs,
                std::span<T> rows);
  /// The same of sums of results: row k belongs to the sum of the ys that `sums` gives the number k.
  /// Shapes    (greatest number + 1, xs)
  /// Errors    as jacobian; ShapeError unless sums has a number for each y
  void jacobian_of_sums(std::span<const basic_value<T>> ys, std::span<const std::uint32_t> sums,
                        std::span<const basic_value<T>> xs, std::span<T> rows);
  /// For each y the xs that it was computed from: their places in xs, ascending. What is zero by its
  /// numbers alone counts. A y without history has none. For float and double.
  /// Requires  no x occurs twice
  /// Errors    GraphError if some x is no variable of this tape, some y is stale, or there are
  ///           Externals on the tape
  /// Cost      a walk over the statements that the ys need, and their sets of xs
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> sparsity(
      std::span<const basic_value<T>> ys, std::span<const basic_value<T>> xs) const;
  /// A hash of the statements that lead to the ys, without their numbers: where it is the same, so is the
  /// sparsity. For float and double.
  /// Errors    as sparsity
  /// Cost      a walk over these statements
  [[nodiscard]] std::uint64_t structure(std::span<const basic_value<T>> ys) const;
  /// True if something on the tape leads to what is not on it.
  [[nodiscard]] bool has_externals() const { return !externals_.empty(); }
  /// The gradients of all variables, and the way back to them after a sweep that failed.
  [[nodiscard]] std::vector<T> input_gradients();
  void restore_gradients(const std::vector<T>& gradients) noexcept;
  /// The index of the last value on the tape; 0 if there is none.
  [[nodiscard]] std::uint32_t last() const { return this->size - 1; }

  /// As the members of basic_value.
  [[nodiscard]] T gradient(const basic_value<T>& x) const;
  void zero_grad(const basic_value<T>& x);
  void set_name(const basic_value<T>& x, const Name& name);
  [[nodiscard]] detail::KeptName name_of(std::uint32_t index) const;
  /// This variable belongs to a model: pictures show it as a parameter.
  void mark_parameter(const basic_value<T>& x);
  [[nodiscard]] bool is_parameter(std::uint32_t index) const { return parameters_.contains(index); }
  /// Sets the gradients of all variables to 0.
  void zero_grad();
  /// Gives a variable another number, in this handle and on the tape, so that it can be registered
  /// once and change from step to step. Other handles to it keep the old number.
  /// Errors    GraphError if it is no variable of this tape, or statements that could use it were
  ///           recorded since: rewind to a mark before them
  void set_value(basic_value<T>& x, const T& value) {
    const bool is_settable = this->write[-1] == detail::kInputs;
    if (!is_settable || !this->is_recent_input(x.place())) [[unlikely]]
      check_settable(x, "set_value");
    this->values[x.index()] = value;
    x.value_ = value;
  }
  /// Many variables at once, in less time than one by one: basic_value::variable of each number into
  /// xs (on this tape), set_value of each x, and out = the gradient of each x.
  /// Errors    ShapeError if the lengths differ; as set_value and grad(), and then
  ///           nothing is set
  void add_variables(std::span<const T> numbers, std::span<basic_value<T>> xs);
  void set_values(std::span<basic_value<T>> xs, std::span<const T> numbers);
  void gradients(std::span<const basic_value<T>> xs, std::span<T> out) const;

  /// From now on `log` is told of the comparisons of Values while this tape is active, or one that is
  /// made meanwhile; null: nobody is.
  void tell_comparisons(detail::ComparisonLog* log) { this->comparisons = log; }

  /// True if the handle stands on this tape.
  [[nodiscard]] bool is_live(detail::Place place) const;
  /// True if `index` is a variable.
  [[nodiscard]] bool is_input(std::uint32_t index) const;
  /// The scope (in the thread's table) in which this was recorded.
  [[nodiscard]] std::uint32_t scope_of(std::uint32_t index) const;
  /// From now on statements on the thread's active tape, if there is one, belong to this scope.
  static void enter_scope(std::uint32_t scope);

  /// Appends an External; gives its outputs. Where nothing is recorded (NoGrad, or inputs none of
  /// which has history) the External is dropped and the outputs are plain numbers.
  std::vector<basic_value<T>> record_external(std::span<const basic_value<T>> inputs,
                                              std::span<const T> outputs,
                                              std::unique_ptr<ExternalType> external);

  /// Hands to `unfolder` what the roots depend on, as elementary operations in the order in which
  /// they were recorded. Of nested numbers it shows the plain ones inside.
  void unfold(std::span<const std::uint32_t> roots, Unfolder& unfolder) const;

 private:
  friend detail::Place detail::record_unusual<T>(detail::TapeHead<T>& head,
                                                 detail::StatementInfo& type,
                                                 detail::Leaf<T>* leaves, const T& value,
                                                 const void* local, detail::PutConstants put);
  friend bool detail::is_live<T>(const detail::TapeHead<T>& head, detail::Place place);
  friend detail::Place detail::append_input<T>(T value);

  using Head = detail::TapeHead<T>;
  struct Segment {
    std::uint32_t epoch;
    std::uint32_t start;    ///< values before it
    std::size_t words;      ///< of the stream before it
    std::size_t externals;  ///< before it
  };
  /// Variables without anything between them. The end of the last run is `inputs_end`.
  struct InputRun {
    std::uint32_t first, end;
  };
  struct ExternalRecord {
    std::unique_ptr<ExternalType> external;
    std::vector<std::uint32_t> inputs;  ///< 0 where an input has no history
    std::uint32_t outputs;
  };
  struct ScopeChange {
    std::uint32_t start;  ///< index of the first value that belongs to it
    std::uint32_t scope;
  };
  struct OwnTape {};

  explicit basic_tape(OwnTape);
  static basic_tape& own();
  void open();
  void begin_segment();
  void drop_segments(std::size_t depth);
  void set_limit();
  void note_scope(std::uint32_t scope);
  [[nodiscard]] std::uint32_t* words() const { return words_.template data<std::uint32_t>(); }
  [[nodiscard]] std::size_t word_count() const {
    return static_cast<std::size_t>(this->write - words());
  }
  /// Calls f(first, end) for each run of variables.
  template <class F>
  void for_each_run(F&& f) const;
  void reserve(std::size_t more_words, std::size_t more_values);
  void grow(detail::MemoryBlock& block, std::size_t needed, std::size_t wanted, std::size_t used);
  void push_record(std::uint32_t content, std::uint32_t id);
  void reserve_inputs(std::size_t count);
  std::uint32_t push_value(const T& value);
  std::uint32_t place_number(const T& number);
  void drop_after(const Segment& segment);
  void clear_adjoints(std::size_t first, std::size_t last);
  void clear_intermediate_adjoints();
  void prepare_adjoints();
  [[nodiscard]] std::uint32_t first_value(detail::SweepPoint at) const;
  [[nodiscard]] const std::uint32_t* record_below(const std::uint32_t* word) const;
  detail::SweepPoint sweep_external(detail::SweepPoint at, bool retain);
  void sweep_all(detail::SweepPoint at, bool retain);
  /// The unfolder is asked what lies behind Externals; null where there are none.
  [[nodiscard]] detail::Dependencies dependencies(std::span<const std::uint32_t> roots,
                                                  Unfolder* unfolder) const;
  void unfold_record(const detail::RecordPlace& place, const std::vector<bool>& needed,
                     Unfolder& unfolder) const;
  void check_gradient(const basic_value<T>& x, const char* operation) const;
  void check_settable(const basic_value<T>& x, const char* operation) const;

  detail::MemoryBlock words_, values_, adjoints_;
  detail::MemoryBlock lanes_;  ///< adjoints side by side, for jacobian()
  std::vector<Segment> segments_;
  std::vector<InputRun> runs_;
  std::vector<ExternalRecord> externals_;
  std::vector<ScopeChange> scopes_;
  std::map<std::uint32_t, detail::KeptName> names_;
  std::set<std::uint32_t> parameters_;
  std::size_t memory_limit_ = std::numeric_limits<std::size_t>::max();
  basic_tape* former_ = nullptr;  ///< the tape that was active before this one
  bool retained_ = false;         ///< adjoints of intermediates are kept from the last sweep
};

using Tape = basic_tape<double>;

/// A new variable on the thread's active tape.
[[nodiscard]] inline Value variable(double value) { return Value::variable(value); }
/// The same, with a name for pictures.
[[nodiscard]] Value variable(double value, const Name& name);
/// New variables on the thread's active tape, one for each number.
template <class T>
[[nodiscard]] std::vector<basic_value<T>> variables(std::span<const T> numbers) {
  std::vector<basic_value<T>> xs(numbers.size());
  basic_tape<T>::active().add_variables(numbers, xs);
  return xs;
}
[[nodiscard]] inline std::vector<Value> variables(std::span<const double> numbers) {
  return variables<double>(numbers);
}
template <ScalarOperand X>
[[nodiscard]] basic_value<ValueOf<X>> variable(const X& value, const Name& name = {}) {
  auto x = basic_value<ValueOf<X>>::variable(value);
  if (!name.text.empty()) basic_tape<ValueOf<X>>::active().set_name(x, name);
  return x;
}

/// Gives a recorded value a name for pictures. A value without history stays nameless.
template <class T>
void name(const basic_value<T>& x, const Name& name) {
  basic_tape<T>::active().set_name(x, name);
}
/// The value of the expression, recorded under this name.
template <ScalarOperand X>
[[nodiscard]] ValueOf<X> named(const X& x, const Name& name) {
  const ValueOf<X> value = x;
  if (value.has_history()) {
    basic_tape<typename ValueOf<X>::value_type>::active().set_name(value, name);
  }
  return value;
}

/// Adds the gradient of y by each variable to that variable's grad().
/// Errors    GraphError if y has no history, or its tape was rewound
/// Cost      one walk over what was recorded before y
template <class T>
void backward(const basic_value<T>& y, const SweepOptions& options = {}) {
  basic_tape<T>::active().sweep(y, T(1), options);
}
/// The same for Values, through tensors that lie between: the gradients of their variables too.
void backward(const Value& y, const SweepOptions& options = {});
template <class Op, class... Xs>
void backward(const Expression<Op, Xs...>& y, const SweepOptions& options = {}) {
  backward(ValueOf<Expression<Op, Xs...>>(y), options);
}

template <class T>
inline T basic_value<T>::grad() const {
  const detail::TapeHead<T>& head = *detail::active_head<T>();
  if (head.is_recent_input(place_)) [[likely]] {
    return index() < head.adjoint_count ? head.adjoints[index()] : T(0);
  }
  return basic_tape<T>::active().gradient(*this);
}
template <class T>
void basic_value<T>::zero_grad() const {
  basic_tape<T>::active().zero_grad(*this);
}
template <class T>
void basic_value<T>::backward() const {
  nabla::backward(*this);
}
template <class Op, class... Xs>
void Expression<Op, Xs...>::backward() const {
  nabla::backward(*this);
}
template <class T>
std::string basic_value<T>::name() const {
  return is_active() ? basic_tape<T>::active().name_of(index()).text : std::string();
}

}  // namespace nabla

#include <nabla/engine/tape_record.hpp>
#include <nabla/engine/tape_sweep.hpp>

namespace nabla {
extern template class basic_tape<double>;
extern template class basic_tape<float>;
namespace detail {
extern template bool is_live<double>(const TapeHead<double>&, Place);
extern template bool is_live<float>(const TapeHead<float>&, Place);
extern template Place record_unusual<double>(TapeHead<double>&, StatementInfo&, Leaf<double>*,
                                             const double&, const void*, PutConstants);
extern template Place record_unusual<float>(TapeHead<float>&, StatementInfo&, Leaf<float>*,
                                            const float&, const void*, PutConstants);
extern template Place append_input<double>(double);
extern template Place append_input<float>(float);
}  // namespace detail
}  // namespace nabla
