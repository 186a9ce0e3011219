// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include <nabla/engine/tape.hpp>

// The recording half of basic_tape: life cycle, room, segments, names, scopes. Included by
// tape.hpp; instantiated in the library for float and double.

namespace nabla {

namespace detail {
inline constexpr std::size_t kFirstWords = 1024;  ///< 4 KiB: a small function never grows
inline constexpr std::size_t kFirstValues = 512;

template <class T>
bool is_live(const TapeHead<T>& head, Place place) {
  return &head != &no_tape<T> && static_cast<const basic_tape<T>&>(head).is_live(place);
}

/// Errors    GraphError if a log watches what is a number here, because it stands on a tape outside
template <class T>
void check_seen(const TapeHead<T>& head, const T& number, Place place) {
  if constexpr (std::is_same_v<T, double>) {
    if (head.comparisons != nullptr && is_watched({number, place})) throw_unseen();
  }
}

/// Takes the place from each leaf that is not live. Tells how many are.
/// Errors    as check_seen
template <class T>
std::uint32_t find_live_leaves(const TapeHead<T>& head, Leaf<T>* leaves, std::uint32_t count) {
  std::uint32_t live = 0;
  for (std::uint32_t k = 0; k < count; ++k) {
    Place& place = leaves[k].place;
    if (head.is_recent(place) || (place.epoch() != 0 && is_live<T>(head, place))) {
      ++live;
    } else {
      check_seen(head, leaves[k].value, place);
      place = Place();
    }
  }
  return live;
}

/// The id of the type, given now if it has none.
template <class T>
std::uint32_t register_once(StatementInfo& type) {
  const std::uint32_t known = type.known_id();
  if (known != 0) return known;
  return register_statement(
      type, reinterpret_cast<AnyCode>(static_cast<StatementType<T>&>(type).reverse));
}

template <class T>
Place record_unusual(TapeHead<T>& head, StatementInfo& type, Leaf<T>* leaves, const T& value,
                     const void* local, PutConstants put) {
  const std::uint32_t live = find_live_leaves(head, leaves, type.leaves);
  if (live == 0) return {};
  auto& tape = static_cast<basic_tape<T>&>(head);
  if (type.again != nullptr) register_once<T>(*type.again);
  const std::uint32_t id = register_once<T>(type);
  // A source takes a value and, the first of them, a record of two words.
  tape.reserve(type.words + 3, type.leaves + 1);
  for (std::uint32_t k = 0; live != type.leaves && k < type.leaves; ++k) {
    Place& place = leaves[k].place;
    if (place.epoch() == 0) place = Place(0, tape.place_number(leaves[k].value));
  }
  tape.note_scope(current_entry());
  for (std::uint32_t k = 0; k < type.leaves; ++k) tape.write[k] = leaves[k].place.index();
  put(tape.write, local);
  tape.write[type.words] = id;
  tape.write += type.words + 1;
  const std::uint32_t index = tape.size++;
  tape.values[index] = value;
  tape.note_scope(recording.scope);
  if (tape.write >= tape.limit) tape.set_limit();
  const Place place = tape.origin.at(index);
  if constexpr (std::is_same_v<T, double>) {
    if (!is_recording()) return head.comparisons->held({value, place}).place();
  }
  return place;
}

template <class T>
Place append_input(T value) {
  basic_tape<T>& tape = basic_tape<T>::active();
  tape.reserve_inputs(1);
  tape.inputs_end = tape.size + 1;
  return tape.origin.at(tape.push_value(value));
}
}  // namespace detail

// --- life cycle --------------------------------------------------------------------------------

template <class T>
basic_tape<T>::basic_tape() : Head(detail::no_tape<T>) {
  Head*& head = detail::active_head<T>();
  open();
  former_ = head == &detail::no_tape<T> ? nullptr : static_cast<basic_tape*>(head);
  this->comparisons = head->comparisons;
  head = this;
}

template <class T>
basic_tape<T>::basic_tape(OwnTape) : basic_tape() {}

template <class T>
basic_tape<T>::~basic_tape() {
  Head*& head = detail::active_head<T>();
  if (head == this) {
    head = former_ == nullptr ? &detail::no_tape<T> : static_cast<Head*>(former_);
    if (former_ != nullptr) {
      former_->limit = nullptr;  // whether this thread is recording may have changed meanwhile
      former_->note_scope(detail::recording.scope);
    }
  } else if (head != &detail::no_tape<T>) {
    for (auto* tape = static_cast<basic_tape*>(head); tape != nullptr; tape = tape->former_) {
      if (tape->former_ == this) tape->former_ = former_;
    }
  }
  while (!externals_.empty()) externals_.pop_back();
}

template <class T>
basic_tape<T>& basic_tape<T>::own() {
  static thread_local constinit bool is_gone = false;
  struct Own {
    basic_tape tape{OwnTape{}};
    ~Own() { is_gone = true; }
  };
  if (is_gone) detail::throw_thread_ends();
  static thread_local Own own;
  return own.tape;
}

template <class T>
basic_tape<T>& basic_tape<T>::active() {
  Head* head = detail::active_head<T>();
  return head == &detail::no_tape<T> ? own() : static_cast<basic_tape&>(*head);
}

/// The stream begins with a stop word, the values with one that nothing refers to.
template <class T>
void basic_tape<T>::open() {
  words_.grow(detail::kFirstWords * sizeof(std::uint32_t), 0, false);
  values_.grow(detail::kFirstValues * sizeof(T), 0, false);
  *words() = detail::kStop;
  this->write = words() + 1;
  this->values = values_.template data<T>();
  this->values[0] = T(0);
  this->size = 1;
  this->capacity = static_cast<std::uint32_t>(values_.bytes() / sizeof(T));
  set_limit();
  begin_segment();
  note_scope(detail::recording.scope);
}

/// A statement takes a value and at least two words, so one comparison asks for room for both. After a
/// variable there is no such limit, because the next ones take values and no words; nor where each
/// statement asks for its line.
template <class T>
void basic_tape<T>::set_limit() {
  constexpr std::size_t kLeastWords = 2;
  const std::size_t words_left = words_.bytes() / sizeof(std::uint32_t) - word_count();
  const std::size_t values_left = this->capacity - this->size;
  const bool is_open = is_recording() && !detail::recording.has_lines &&
                       this->write[-1] != detail::kInputs && words_left > detail::kSlack;
  this->limit = is_open
                    ? this->write + std::min(words_left - detail::kSlack, kLeastWords * values_left)
                    : nullptr;
}

// --- room --------------------------------------------------------------------------------------

/// To the size that is wanted or, where the limit forbids that, by half of what is left, so that the
/// other block can grow too; at least to one that is enough.
template <class T>
void basic_tape<T>::grow(detail::MemoryBlock& block, std::size_t needed, std::size_t wanted,
                         std::size_t used) {
  const std::size_t others = words_.bytes() + values_.bytes() - block.bytes();
  const std::size_t left = memory_limit_ - std::min(memory_limit_, others);
  const std::size_t largest = detail::MemoryBlock::largest_within(left);
  if (largest < needed) detail::throw_memory_limit(others + needed, memory_limit_);
  const std::size_t fair = block.bytes() + (largest - std::min(largest, block.bytes())) / 2;
  block.grow(std::max(needed, std::min(detail::MemoryBlock::preferred(wanted), fair)), used, false);
}

template <class T>
void basic_tape<T>::reserve(std::size_t more_words, std::size_t more_values) {
  using detail::kMaxValues;
  const std::size_t used_words = word_count();
  if (more_values > kMaxValues - this->size) detail::throw_too_many_values();
  more_words += detail::kSlack;
  if (words_.bytes() / sizeof(std::uint32_t) - used_words < more_words) {
    const std::size_t needed = (used_words + more_words) * sizeof(std::uint32_t);
    grow(words_, needed, std::max(2 * words_.bytes(), needed), used_words * sizeof(std::uint32_t));
    this->write = words() + used_words;
    this->limit = nullptr;
  }
  if (this->capacity - this->size < more_values) {
    const std::size_t needed = this->size + more_values;
    const std::size_t wanted =
        std::min(kMaxValues, std::max(2 * std::size_t{this->capacity}, needed));
    grow(values_, needed * sizeof(T), wanted * sizeof(T), this->size * sizeof(T));
    this->values = values_.template data<T>();
    this->capacity = static_cast<std::uint32_t>(std::min(kMaxValues, values_.bytes() / sizeof(T)));
  }
}

template <class T>
void basic_tape<T>::push_record(std::uint32_t content, std::uint32_t id) {
  this->write[0] = content;
  this->write[1] = id;
  this->write += 2;
}

/// Room for so many variables, and a run that they continue.
template <class T>
void basic_tape<T>::reserve_inputs(std::size_t count) {
  reserve(2, count);
  if (this->write[-1] == detail::kInputs) return;
  if (!runs_.empty()) runs_.back().end = this->inputs_end;
  runs_.push_back({this->size, this->size});
  this->inputs_first = this->size;
  push_record(this->size, detail::kInputs);
}

/// A value that may have no words of its own: from here on there may be less room than it seemed.
template <class T>
std::uint32_t basic_tape<T>::push_value(const T& value) {
  this->limit = nullptr;
  this->values[this->size] = value;
  return this->size++;
}

/// The index of a number without history, as a leaf.
template <class T>
std::uint32_t basic_tape<T>::place_number(const T& number) {
  if constexpr (std::is_floating_point_v<T>) {
    if (number == T(0) && !std::signbit(number)) return detail::kZeroLeaf;
  }
  if (this->write[-1] != detail::kSources) push_record(this->size, detail::kSources);
  return push_value(number);
}

// --- many variables at once --------------------------------------------------------------------
//
// Those that are not in the run of the first one, or not in the last run, are counted and, if there are
// any, looked at one by one: a branch for each would take longer than the rest.

template <class T>
void basic_tape<T>::add_variables(std::span<const T> numbers, std::span<basic_value<T>> xs) {
  detail::check_lengths("add_variables", xs.size(), numbers.size());
  if (numbers.empty()) return;
  reserve_inputs(numbers.size());
  std::uint32_t index = this->size;
  std::ranges::copy(numbers, this->values + index);
  for (basic_value<T>& x : xs) {
    x = basic_value<T>(this->values[index], this->origin.at(index));
    ++index;
  }
  this->size = this->inputs_end = index;
  this->limit = nullptr;
}

template <class T>
void basic_tape<T>::set_values(std::span<basic_value<T>> xs, std::span<const T> numbers) {
  detail::check_lengths("set_values", xs.size(), numbers.size());
  if (xs.empty()) return;
  const detail::Place first(xs.front().place().epoch(), this->inputs_first);
  const std::uint32_t count = this->inputs_end - this->inputs_first;
  std::size_t others = this->write[-1] != detail::kInputs || !this->is_recent(first);
  for (const basic_value<T>& x : xs) others += x.place().above(first) >= count;
  if (others != 0) [[unlikely]] {
    for (const basic_value<T>& x : xs) check_settable(x, "set_values");
  }
  for (std::size_t i = 0; i < xs.size(); ++i) {
    this->values[xs[i].index()] = numbers[i];
    xs[i].value_ = numbers[i];
  }
}

template <class T>
void basic_tape<T>::gradients(std::span<const basic_value<T>> xs, std::span<T> out) const {
  detail::check_lengths("gradients", xs.size(), out.size());
  if (xs.empty()) return;
  const detail::Place first(xs.front().place().epoch(), this->inputs_first);
  const std::uint32_t count = this->inputs_end - this->inputs_first;
  std::size_t others = !this->is_recent(first);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const detail::Place place = xs[i].place();
    others += place.above(first) >= count;
    out[i] = place.index() < this->adjoint_count ? this->adjoints[place.index()] : T(0);
  }
  if (others != 0) [[unlikely]] {
    for (const basic_value<T>& x : xs) check_gradient(x, "gradients");
  }
}

template <class T>
std::vector<basic_value<T>> basic_tape<T>::record_external(std::span<const basic_value<T>> inputs,
                                                           std::span<const T> outputs,
                                                           std::unique_ptr<ExternalType> external) {
  ExternalRecord record{nullptr, {}, static_cast<std::uint32_t>(outputs.size())};
  record.inputs.reserve(inputs.size());
  bool any = inputs.empty();
  for (const basic_value<T>& x : inputs) {
    const bool has_index = is_live(x.place());
    if (!has_index) detail::check_seen<T>(*this, x.value(), x.place());
    record.inputs.push_back(has_index ? x.index() : 0);
    any |= has_index;
  }
  std::vector<basic_value<T>> handles(outputs.begin(), outputs.end());
  if (!any || (!is_recording() && this->comparisons == nullptr)) return handles;
  reserve(2, outputs.size());
  note_scope(detail::current_entry());
  record.external = std::move(external);
  externals_.push_back(std::move(record));
  push_record(static_cast<std::uint32_t>(externals_.size() - 1), detail::kExternal);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    handles[i] = basic_value<T>(outputs[i], this->origin.at(push_value(outputs[i])));
  }
  note_scope(detail::recording.scope);
  return handles;
}

// --- segments ----------------------------------------------------------------------------------

template <class T>
void basic_tape<T>::begin_segment() {
  const std::size_t depth = segments_.size();
  segments_.push_back({detail::next_epoch(depth), this->size, word_count(), externals_.size()});
  this->origin = detail::Place(segments_.back().epoch, 0);
  this->live[this->origin.depth()] = this->origin;
}

/// Forgets the segments from this depth on.
template <class T>
void basic_tape<T>::drop_segments(std::size_t depth) {
  segments_.resize(depth);
  std::fill(std::begin(this->live), std::end(this->live), detail::Place());
  this->live[0] = detail::Place(detail::kNoEpoch, 0);
  for (std::size_t i = depth - std::min<std::size_t>(depth, detail::kDepths); i < depth; ++i) {
    this->live[i & detail::kDepthMask] = detail::Place(segments_[i].epoch, 0);
  }
}

template <class T>
bool basic_tape<T>::is_live(detail::Place place) const {
  const std::uint32_t index = place.index();
  if (place.epoch() == 0 || index >= this->size) return false;
  const auto above =
      std::upper_bound(segments_.begin(), segments_.end(), index,
                       [](std::uint32_t i, const Segment& segment) { return i < segment.start; });
  return above != segments_.begin() && std::prev(above)->epoch == place.epoch();
}

template <class T>
Mark basic_tape<T>::mark() {
  const Segment& last = segments_.back();
  const bool is_empty = last.start == this->size && last.words == word_count();
  if (!is_empty) begin_segment();
  Mark mark;
  mark.depth_ = static_cast<std::uint32_t>(segments_.size() - 1);
  mark.epoch_below_ = mark.depth_ == 0 ? 0 : segments_[mark.depth_ - 1].epoch;
  mark.start_ = segments_.back().start;
  mark.tape_ = this;
  return mark;
}

template <class T>
void basic_tape<T>::rewind(const Mark& mark) {
  const bool is_known = mark.tape_ == this && mark.depth_ < segments_.size() &&
                        segments_[mark.depth_].start == mark.start_ &&
                        (mark.depth_ == 0 || segments_[mark.depth_ - 1].epoch == mark.epoch_below_);
  if (!is_known) detail::throw_dropped_mark();
  const Segment segment = segments_[mark.depth_];
  if (segment.start == this->size && segment.words == word_count()) {
    drop_segments(mark.depth_ + 1);
    this->origin = detail::Place(segments_.back().epoch, 0);
    return;
  }
  drop_after(segment);
  drop_segments(mark.depth_);
  begin_segment();
  note_scope(detail::recording.scope);
}

template <class T>
void basic_tape<T>::reset() {
  drop_after(segments_.front());
  drop_segments(0);
  begin_segment();
  note_scope(detail::recording.scope);
}

template <class T>
void basic_tape<T>::drop_after(const Segment& segment) {
  const std::uint32_t start = segment.start;
  if (retained_) clear_adjoints(start, this->size);
  while (!runs_.empty() && this->inputs_end > start) {
    InputRun& run = runs_.back();
    clear_adjoints(std::max(run.first, start), this->inputs_end);
    this->inputs_end = start;
    if (run.first < start) break;
    runs_.pop_back();
    this->inputs_first = runs_.empty() ? 0 : runs_.back().first;
    this->inputs_end = runs_.empty() ? 0 : runs_.back().end;
  }
  names_.erase(names_.lower_bound(start), names_.end());
  parameters_.erase(parameters_.lower_bound(start), parameters_.end());
  while (!scopes_.empty() && scopes_.back().start >= start) scopes_.pop_back();
  this->write = words() + segment.words;
  this->size = start;
  set_limit();
  while (externals_.size() > segment.externals) {
    const ExternalRecord dropped = std::move(externals_.back());
    externals_.pop_back();
  }
}

// --- names and scopes --------------------------------------------------------------------------

template <class T>
void basic_tape<T>::set_name(const basic_value<T>& x, const Name& name) {
  if (!is_live(x.place())) return;
  names_.insert_or_assign(x.index(),
                          detail::KeptName{std::string(name.text), name.file, name.line});
}

template <class T>
void basic_tape<T>::mark_parameter(const basic_value<T>& x) {
  if (is_live(x.place())) parameters_.insert(x.index());
}

template <class T>
void basic_tape<T>::check_settable(const basic_value<T>& x, const char* operation) const {
  if (!x.has_history()) detail::throw_passive(operation);
  if (!is_live(x.place())) detail::throw_stale(operation);
  // The last record is a run of variables, and x is one of them: nothing was computed from it.
  if (this->write[-1] != detail::kInputs || x.index() < this->inputs_first)
    detail::throw_not_settable(operation);
}

template <class T>
detail::KeptName basic_tape<T>::name_of(std::uint32_t index) const {
  const auto found = names_.find(index);
  return found == names_.end() ? detail::KeptName() : found->second;
}

template <class T>
void basic_tape<T>::enter_scope(std::uint32_t scope) {
  Head* head = detail::active_head<T>();
  if (head != &detail::no_tape<T>) static_cast<basic_tape&>(*head).note_scope(scope);
}

template <class T>
void basic_tape<T>::note_scope(std::uint32_t scope) {
  if (!scopes_.empty() && scopes_.back().start == this->size) scopes_.pop_back();
  if ((scopes_.empty() ? 0 : scopes_.back().scope) != scope) {
    scopes_.push_back({this->size, scope});
  }
}

template <class T>
std::uint32_t basic_tape<T>::scope_of(std::uint32_t index) const {
  const auto above =
      std::upper_bound(scopes_.begin(), scopes_.end(), index,
                       [](std::uint32_t i, const ScopeChange& change) { return i < change.start; });
  return above == scopes_.begin() ? 0 : std::prev(above)->scope;
}

template <class T>
bool basic_tape<T>::is_input(std::uint32_t index) const {
  const auto above =
      std::upper_bound(runs_.begin(), runs_.end(), index,
                       [](std::uint32_t i, const InputRun& run) { return i < run.first; });
  if (above == runs_.begin()) return false;
  return index < (above == runs_.end() ? this->inputs_end : std::prev(above)->end);
}

template <class T>
template <class F>
void basic_tape<T>::for_each_run(F&& f) const {
  for (const InputRun& run : runs_) {
    f(run.first, &run == &runs_.back() ? this->inputs_end : run.end);
  }
}

template <class T>
TapeStatistics basic_tape<T>::statistics() const {
  TapeStatistics result;
  const detail::StatementTable& table = detail::statement_table();
  for (const std::uint32_t* word = this->write - 1; *word != detail::kStop;
       word = record_below(word)) {
    if (*word < detail::kFirstStatement) continue;
    ++result.statements;
    result.operations += table.types[*word & detail::kNumberMask]->operations;
  }
  for_each_run([&result](std::uint32_t first, std::uint32_t end) { result.inputs += end - first; });
  result.stream_bytes = word_count() * sizeof(std::uint32_t);
  result.value_bytes = this->size * sizeof(T);
  result.adjoint_bytes = std::min<std::size_t>(this->size, this->adjoint_count) * sizeof(T);
  result.reserved_bytes = words_.bytes() + values_.bytes() + adjoints_.bytes() + lanes_.bytes();
  return result;
}

}  // namespace nabla
