// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include <nabla/engine/tape.hpp>

// The reverse half of basic_tape: adjoints, the sweep, unfolding. Included by tape.hpp;
// instantiated in the library for float and double.

namespace nabla {

// --- walking down the stream -------------------------------------------------------------------

/// The index of the first value of the record whose last one is at.index; one more if it has none.
template <class T>
std::uint32_t basic_tape<T>::first_value(detail::SweepPoint at) const {
  const std::uint32_t id = *at.word;
  if (id >= detail::kFirstStatement) return at.index;
  return id == detail::kExternal ? at.index + 1 - externals_[at.word[-1]].outputs : at.word[-1];
}

/// The id of the record below.
template <class T>
const std::uint32_t* basic_tape<T>::record_below(const std::uint32_t* word) const {
  if (*word < detail::kFirstStatement) return word - 2;
  return word - detail::words_of_record(*word, detail::statement_table()) - 1;
}

// --- adjoints ----------------------------------------------------------------------------------

/// Sets adjoints [first, last) to zero, as far as they exist. Zero is all bits zero for each T.
template <class T>
void basic_tape<T>::clear_adjoints(std::size_t first, std::size_t last) {
  last = std::min<std::size_t>(last, this->adjoint_count);
  if (first >= last) return;
  std::memset(static_cast<void*>(this->adjoints + first), 0, (last - first) * sizeof(T));
}

template <class T>
void basic_tape<T>::clear_intermediate_adjoints() {
  std::size_t first = 1;
  for_each_run([&](std::uint32_t run_first, std::uint32_t run_end) {
    clear_adjoints(first, run_first);
    first = run_end;
  });
  clear_adjoints(first, this->size);
  retained_ = false;
}

/// Between sweeps each adjoint is zero, but those of variables and those that were retained.
template <class T>
void basic_tape<T>::prepare_adjoints() {
  if (retained_) clear_intermediate_adjoints();
  if (this->adjoint_count < this->size) {
    adjoints_.grow(values_.bytes(), adjoints_.bytes(), true);
    this->adjoints = adjoints_.template data<T>();
    this->adjoint_count = static_cast<std::uint32_t>(
        std::min<std::size_t>(adjoints_.bytes() / sizeof(T), detail::kMaxValues));
  }
}

template <class T>
void basic_tape<T>::check_gradient(const basic_value<T>& x, const char* operation) const {
  if (!x.has_history()) detail::throw_passive(operation);
  if (!is_live(x.place())) detail::throw_stale(operation);
  if (!retained_ && !is_input(x.index())) detail::throw_not_retained(operation);
}

template <class T>
T basic_tape<T>::gradient(const basic_value<T>& x) const {
  check_gradient(x, "grad");
  return x.index() < this->adjoint_count ? this->adjoints[x.index()] : T(0);
}

template <class T>
void basic_tape<T>::zero_grad(const basic_value<T>& x) {
  check_gradient(x, "zero_grad");
  clear_adjoints(x.index(), std::size_t{x.index()} + 1);
}

template <class T>
void basic_tape<T>::zero_grad() {
  for_each_run([this](std::uint32_t first, std::uint32_t end) { clear_adjoints(first, end); });
}

template <class T>
void basic_tape<T>::add_adjoint(std::uint32_t index, const T& adjoint) {
  prepare_adjoints();
  T& present = this->adjoints[index];
  present = detail::sum(present, adjoint);
}

// --- the sweep ---------------------------------------------------------------------------------

template <class T>
void basic_tape<T>::sweep(const basic_value<T>& root, const T& seed, const SweepOptions& options) {
  if (!root.has_history()) detail::throw_passive("backward");
  if (!is_live(root.place())) detail::throw_stale("backward");
  add_adjoint(root.index(), seed);
  sweep_from(root.index(), options);
}

template <class T>
std::vector<T> basic_tape<T>::input_gradients() {
  prepare_adjoints();
  std::vector<T> gradients;
  for_each_run([&](std::uint32_t first, std::uint32_t end) {
    // Adjoints that no sweep has needed yet do not exist and are zero.
    const std::size_t known = std::min<std::size_t>(end, this->adjoint_count);
    for (std::size_t i = first; i < known; ++i) gradients.push_back(this->adjoints[i]);
    gradients.resize(gradients.size() + end - std::max<std::size_t>(first, known));
  });
  return gradients;
}

/// After a sweep that threw: the gradients of variables as they were, everything else zero.
template <class T>
void basic_tape<T>::restore_gradients(const std::vector<T>& gradients) noexcept {
  clear_intermediate_adjoints();
  if (gradients.empty()) return;
  const T* next = gradients.data();
  for_each_run([&](std::uint32_t first, std::uint32_t end) {
    const std::size_t known = std::min<std::size_t>(end, this->adjoint_count);
    if (known > first) std::copy_n(next, known - first, this->adjoints + first);
    next += end - first;
  });
}

template <class T>
void basic_tape<T>::sweep_from(std::uint32_t index, const SweepOptions& options) {
  prepare_adjoints();
  detail::SweepPoint at{this->write - 1, this->size - 1};
  while (at.index > index && *at.word != detail::kStop) {
    const std::uint32_t first = first_value(at);
    if (first <= index) break;
    at = {record_below(at.word), first - 1};
  }
  const bool can_throw = detail::is_recorded<T> || !externals_.empty();
  if (!can_throw) {
    sweep_all(at, options.retain_grad);
  } else {
    std::vector<T> gradients;
    try {
      gradients = input_gradients();
      sweep_all(at, options.retain_grad);
    } catch (...) {
      restore_gradients(gradients);
      throw;
    }
  }
  retained_ = options.retain_grad;
}

namespace detail {
/// Steps over the statement at `at`, which has no gradient, and over those below that have none
/// either. They come from loops: guessing that two types take turns, a step need not wait for the
/// id that says how far it goes.
template <class T>
SweepPoint skip_unused(SweepPoint at, const T* adjoint, const StatementTable& table) {
  const std::uint32_t upper = *at.word;
  const std::ptrdiff_t upper_words = words_of_record(upper, table) + 1;
  at = {at.word - upper_words, at.index - 1};
  const std::uint32_t lower = *at.word;
  if (lower < kFirstStatement || !is_zero(adjoint[at.index])) return at;
  const std::ptrdiff_t lower_words = words_of_record(lower, table) + 1;
  at = {at.word - lower_words, at.index - 1};
  while (*at.word == upper && is_zero(adjoint[at.index]) && at.word[-upper_words] == lower &&
         is_zero(adjoint[at.index - 1])) {
    at = {at.word - (upper_words + lower_words), at.index - 2};
  }
  return at;
}
}  // namespace detail

template <class T>
void basic_tape<T>::sweep_all(detail::SweepPoint at, bool retain) {
  const detail::StatementTable& table = detail::statement_table();
  T* const adjoint = this->adjoints;
  detail::TapeSweep sweep{table.reverse, at};
  while (*at.word != detail::kStop) {
    const std::uint32_t id = *at.word;
    if (id >= detail::kFirstStatement) {
      if (detail::is_zero(adjoint[at.index])) {
        at = detail::skip_unused<T>(at, adjoint, table);
        continue;
      }
      const T g = adjoint[at.index];
      if (!retain) adjoint[at.index] = T(0);
      const std::uint32_t number = id & detail::kNumberMask;
      if (std::is_floating_point_v<T> && !retain) {
        const auto code = reinterpret_cast<detail::Reverse<T>>(table.reverse[number]);
        code(at.word, at.index, adjoint, this->values, sweep, detail::kSteps, g);
        at = sweep.at;
      } else {
        const auto& type = static_cast<const detail::StatementType<T>&>(*table.types[number]);
        at = type.reverse_one(at.word, at.index, adjoint, this->values, g);
      }
    } else if (id == detail::kExternal) {
      at = sweep_external(at, retain);
    } else {
      const std::uint32_t first = at.word[-1];
      if (id == detail::kSources && !retain) clear_adjoints(first, std::size_t{at.index} + 1);
      at = {at.word - 2, first - 1};
    }
  }
}

template <class T>
detail::SweepPoint basic_tape<T>::sweep_external(detail::SweepPoint at, bool retain) {
  ExternalRecord& record = externals_[at.word[-1]];
  const std::uint32_t first = first_value(at);
  T* const outputs = this->adjoints + first;
  std::vector<T> inputs(record.inputs.size());
  record.external->reverse({outputs, record.outputs}, inputs);
  if (!retain) clear_adjoints(first, std::size_t{at.index} + 1);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (record.inputs[i] == 0) continue;
    T& adjoint = this->adjoints[record.inputs[i]];
    adjoint = detail::sum(adjoint, inputs[i]);
  }
  return {at.word - 2, first - 1};
}

// --- unfolding ---------------------------------------------------------------------------------

template <class T>
void basic_tape<T>::unfold(std::span<const std::uint32_t> roots, Unfolder& unfolder) const {
  const detail::Dependencies needed = dependencies(roots, &unfolder);
  unfolder.expect(needed.records.size());
  for (auto record = needed.records.rbegin(); record != needed.records.rend(); ++record) {
    unfold_record(*record, needed.values, unfolder);
  }
}

/// The records that the roots depend on, from the last to the first, and their values.
template <class T>
detail::Dependencies basic_tape<T>::dependencies(std::span<const std::uint32_t> roots,
                                                 Unfolder* unfolder) const {
  detail::Dependencies needed;
  needed.values.assign(this->size, false);
  for (const std::uint32_t root : roots) needed.values[root] = true;
  const detail::StatementTable& table = detail::statement_table();
  detail::SweepPoint at{this->write - 1, this->size - 1};
  while (*at.word != detail::kStop) {
    const std::uint32_t* word = at.word;
    const std::uint32_t first = first_value(at);
    const bool is_needed =
        std::any_of(needed.values.begin() + first, needed.values.begin() + at.index + 1,
                    [](bool v) { return v; });
    if (is_needed) {
      needed.records.push_back({static_cast<std::size_t>(word - words()), at.index});
      if (*word >= detail::kFirstStatement) {
        const detail::StatementInfo& type = *table.types[*word & detail::kNumberMask];
        for (std::uint32_t i = 0; i < type.leaves; ++i) {
          needed.values[(word - type.words)[i]] = true;
        }
      } else if (*word == detail::kExternal) {
        const ExternalRecord& record = externals_[word[-1]];
        for (const std::uint32_t input : record.inputs) needed.values[input] = true;
        if constexpr (std::is_same_v<T, double>) {
          std::vector<std::uint32_t> more;
          unfolder->reached(*record.external, more);
          for (const std::uint32_t index : more) needed.values[index] = true;
        }
      }
    }
    at = {record_below(word), first - 1};
  }
  return needed;
}

template <class T>
void basic_tape<T>::unfold_record(const detail::RecordPlace& place, const std::vector<bool>& needed,
                                  Unfolder& unfolder) const {
  const std::uint32_t* word = words() + place.word;
  const std::uint32_t first = first_value({word, place.last});
  const auto number = [this](std::uint32_t i) { return detail::plain_number(this->values[i]); };
  if (*word >= detail::kFirstStatement) {
    const detail::StatementInfo& type =
        *detail::statement_table().types[*word & detail::kNumberMask];
    unfolder.begin(place.last);
    unfolder.statement(place.last,
                       type.unfold(word - type.words, place.last, this->values, unfolder));
  } else if (*word == detail::kExternal) {
    if constexpr (std::is_same_v<T, double>) {
      const ExternalRecord& record = externals_[word[-1]];
      unfolder.external(*record.external, record.inputs, first,
                        {this->values + first, record.outputs}, needed);
    } else {
      // Only tapes of doubles know what to show of it.
      for (std::uint32_t i = first; i <= place.last; ++i)
        if (needed[i]) unfolder.input(i, number(i));
    }
  } else {
    for (std::uint32_t i = first; i <= place.last; ++i) {
      if (!needed[i]) continue;
      if (*word == detail::kInputs) {
        unfolder.input(i, number(i));
      } else {
        unfolder.source(i, number(i));
      }
    }
  }
}

}  // namespace nabla
