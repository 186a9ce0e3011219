// SPDX-License-Identifier: MIT
#include "program/row.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <queue>
#include <span>
#include <tuple>
#include <utility>

namespace nabla::detail {
namespace {

// What is set in the place of operands that do not stand in a row.
constexpr std::uint32_t kOneByOne = std::uint32_t{1} << 31, kInPieces = std::uint32_t{1} << 30;
constexpr std::size_t kMostSteps =
    256;  ///< of a group: what is gathered stays in the first-level cache

/// Groups of steps of one call: all that can be done, of the call of the step after which most others wait for
/// each other. So what can be done sooner waits for others that are like it.
class Groups {
 public:
  Groups(const Steps& steps, const Order& computed, std::size_t calls)
      : steps_(steps),
        first_reader_(steps.registers + 1),
        waits_for_(steps.all.size()),
        ready_(calls) {
    std::vector<bool> is_computed(steps.registers);
    for (const std::uint32_t i : computed)
      if (steps.all[i].result != kNothing) is_computed[steps.all[i].result] = true;
    for (const std::uint32_t i : computed) {
      for (const Register operand : steps.operands_of(steps.all[i])) {
        ++first_reader_[operand + 1];
        if (is_computed[operand]) ++waits_for_[i];
      }
    }
    std::partial_sum(first_reader_.begin(), first_reader_.end(), first_reader_.begin());
    readers_.resize(first_reader_.back());
    std::vector<std::uint32_t> next(first_reader_.begin(), first_reader_.end() - 1);
    for (const std::uint32_t i : computed)
      for (const Register operand : steps.operands_of(steps.all[i])) readers_[next[operand]++] = i;
    height_.resize(steps.all.size());
    for (auto at = computed.rbegin(); at != computed.rend(); ++at) {
      for (const std::uint32_t reader : readers_of(*at))
        height_[*at] = std::max(height_[*at], height_[reader] + 1);
    }
    for (const std::uint32_t i : computed)
      if (waits_for_[i] == 0) add(i);
  }

  /// Empty when all is done.
  Order next() {
    while (!highest_.empty() && is_done(highest_.top().second)) highest_.pop();
    if (highest_.empty()) return {};
    const Order group = std::exchange(ready_[steps_.all[highest_.top().second].call], {});
    for (const std::uint32_t i : group) waits_for_[i] = kDone;
    for (const std::uint32_t i : group)
      for (const std::uint32_t reader : readers_of(i))
        if (--waits_for_[reader] == 0) add(reader);
    return group;
  }

 private:
  static constexpr std::uint32_t kDone = ~0u;

  [[nodiscard]] bool is_done(std::uint32_t step) const { return waits_for_[step] == kDone; }
  [[nodiscard]] std::span<const std::uint32_t> readers_of(std::uint32_t step) const {
    const Register result = steps_.all[step].result;
    if (result == kNothing) return {};
    return std::span(readers_).subspan(first_reader_[result],
                                       first_reader_[result + 1] - first_reader_[result]);
  }
  void add(std::uint32_t step) {
    ready_[steps_.all[step].call].push_back(step);
    highest_.emplace(height_[step], step);
  }

  const Steps& steps_;
  std::vector<std::uint32_t> first_reader_, readers_;  ///< by register
  std::vector<std::uint32_t> waits_for_;  ///< by step: operands that are not there, or kDone
  std::vector<std::uint32_t> height_;     ///< by step: others after it that wait for each other
  std::vector<Order> ready_;              ///< by call
  std::priority_queue<std::pair<std::uint32_t, std::uint32_t>> highest_;  ///< heights, steps
};

}  // namespace

RowSchedule::RowSchedule(const Steps& steps, ProgramSchedule&& calls,
                         const std::map<std::uint64_t, Register>& constants, std::size_t inputs)
    : calls_(std::move(calls.calls)),
      attributes_(std::move(calls.attributes)),
      is_dual_(calls.is_dual),
      inputs_(inputs),
      slots_(inputs) {
  // Constants in the order in which they are first read: those of a group often stand in a row.
  std::vector<std::uint32_t> slot_of(steps.registers);
  std::vector<std::pair<Register, double>> numbers;
  for (const auto& [bits, number] : constants)
    numbers.emplace_back(number, std::bit_cast<double>(bits));
  std::ranges::sort(numbers, {}, &std::pair<Register, double>::first);
  for (const auto& [number, value] : numbers) {
    slot_of[number] = static_cast<std::uint32_t>(slots_);
    add_constant(value, 1);
  }
  zero_ = static_cast<std::uint32_t>(slots_);
  add_constant(0, kMostSteps);

  Order computed;
  for (const std::uint32_t i : order_written(steps)) {
    const Step& step = steps.all[i];
    switch (calls_[step.call].kind) {
      case ProgramCall::Kind::load:
        slot_of[step.result] = step.column;
        break;
      case ProgramCall::Kind::store:
        stores_.push_back({calls_[step.call].array, step.column, steps.operands_of(step)[0]});
        break;
      case ProgramCall::Kind::compute:
        computed.push_back(i);
        break;
    }
  }
  Groups groups(steps, computed, calls_.size());
  for (Order group = groups.next(); !group.empty(); group = groups.next()) {
    // So that most operands stand in a row, too.
    std::ranges::stable_sort(group, [&](std::uint32_t a, std::uint32_t b) {
      const auto slot = [&](Register number) { return slot_of[number]; };
      return std::ranges::lexicographical_compare(steps.operands_of(steps.all[a]),
                                                  steps.operands_of(steps.all[b]), {}, slot, slot);
    });
    for (std::size_t first = 0; first < group.size(); first += kMostSteps) {
      const std::size_t count = std::min(kMostSteps, group.size() - first);
      add_group(steps, slot_of, std::span(group).subspan(first, count));
    }
  }
  for (Store& store : stores_) store.slot = slot_of[store.slot];
  slots_ += kLeastRows;  // whole loops read beyond what is there
}

void RowSchedule::add_constant(double value, std::size_t times) {
  for (; times > 0; --times) constants_.push_back({static_cast<std::uint32_t>(slots_++), value});
}

void RowSchedule::add_group(const Steps& steps, std::vector<std::uint32_t>& slot_of,
                            std::span<const std::uint32_t> group) {
  const Step& first = steps.all[group[0]];
  const ProgramCall& call = calls_[first.call];
  const auto count = static_cast<std::uint32_t>(group.size());
  const auto result = static_cast<std::uint32_t>(slots_);
  slots_ += computed_rows(count);
  groups_.insert(groups_.end(), {first.call, count, result});
  std::vector<std::uint32_t> slots;
  for (std::size_t k = 0; k < call.operands; ++k) {
    if (k >= first.operand_count) {  // the last one of a guard: nothing has left before
      groups_.push_back(zero_);
      continue;
    }
    slots.clear();
    for (const std::uint32_t i : group)
      slots.push_back(slot_of[steps.operands_of(steps.all[i])[k]]);
    groups_.push_back(place_of(slots));
  }
  if (first.result == kNothing) {
    guards_.push_back({result, count});
    return;
  }
  for (std::uint32_t i = 0; i < count; ++i) slot_of[steps.all[group[i]].result] = result + i;
}

std::uint32_t RowSchedule::place_of(std::span<const std::uint32_t> slots) {
  std::vector<std::uint32_t> pieces;  // the first slot and how many
  for (const std::uint32_t slot : slots) {
    if (pieces.empty() || slot != pieces[pieces.size() - 2] + pieces.back())
      pieces.insert(pieces.end(), {slot, 0});
    ++pieces.back();
  }
  if (pieces.size() == 2) return slots[0];
  const std::size_t constant = slots[0] - inputs_;
  const bool is_repeated = std::ranges::all_of(slots, [&](auto slot) { return slot == slots[0]; });
  if (is_repeated && slots[0] >= inputs_ && slots[0] < zero_) {
    const auto [at, is_new] = repeated_.try_emplace(slots[0], static_cast<std::uint32_t>(slots_));
    if (is_new) add_constant(constants_[constant].value, kMostSteps);
    return at->second;
  }
  const auto place = static_cast<std::uint32_t>(gathered_.size());
  constexpr std::size_t kLongPiece = 8;
  if (slots.size() >= kLongPiece * (pieces.size() / 2)) {
    gathered_.insert(gathered_.end(), pieces.begin(), pieces.end());
    return kInPieces | place;
  }
  gathered_.insert(gathered_.end(), slots.begin(), slots.end());
  return kOneByOne | place;
}

std::unique_ptr<double[]> RowSchedule::numbers() const {
  if (double* const idle = idle_.exchange(nullptr)) return std::unique_ptr<double[]>(idle);
  auto numbers = std::make_unique<double[]>(is_dual_ ? 2 * slots_ : slots_);
  for (const ProgramConstant& constant : constants_) numbers[constant.slot] = constant.value;
  return numbers;
}

bool RowSchedule::evaluate(const ProgramArrays& arrays, std::size_t row) const {
  std::unique_ptr<double[]> of_all = numbers();
  double* const number = of_all.get();
  std::copy_n(arrays.sources[0] + row * inputs_, inputs_, number);
  if (is_dual_) std::copy_n(arrays.sources[1] + row * inputs_, inputs_, number + slots_);
  is_dual_ ? compute<true>(number) : compute<false>(number);
  bool is_left = false;
  for (const auto [first, count] : guards_)
    for (std::size_t i = first; i < first + count; ++i) is_left = is_left || number[i] != 0;
  const double* const stored = is_dual_ ? number + slots_ : number;
  for (const auto [array, column, slot] : stores_)
    arrays.targets[array][row * arrays.target_columns[array] + column] = stored[slot];
  delete[] idle_.exchange(of_all.release());
  return !is_left;
}

template <bool kDual>
void RowSchedule::compute(double* numbers) const {
  std::array<double, 2 * kMostOperands * kMostSteps> room;
  std::array<const void*, 2 * kMostOperands> operands;
  for (auto at = groups_.begin(); at != groups_.end();) {
    const ProgramCall& call = calls_[*at++];
    const std::size_t count = *at++;
    double* const result = numbers + *at++;
    const std::size_t computed = computed_rows(count);
    const auto operand = [&](std::size_t k, std::uint32_t place, const double* from) {
      if ((place & (kOneByOne | kInPieces)) == 0) {
        operands[k] = from + place;
        return;
      }
      const std::uint32_t* slots = gathered_.data() + (place & ~(kOneByOne | kInPieces));
      double* const to = room.data() + k * kMostSteps;
      if ((place & kOneByOne) != 0) {
        for (std::size_t i = 0; i < count; ++i) to[i] = from[slots[i]];
      } else {
        for (double* next = to; next != to + count; slots += 2)
          next = std::copy_n(from + slots[0], slots[1], next);
      }
      std::fill(to + count, to + computed, to[count - 1]);
      operands[k] = to;
    };
    for (std::uint32_t k = 0; k < call.operands; ++k) {
      operand(k, *at, numbers);
      if constexpr (kDual) operand(call.operands + k, *at, numbers + slots_);
      ++at;
    }
    const CallFunction run(call);
    run(operands.data(), result, result + slots_, static_cast<std::int64_t>(computed));
  }
}

}  // namespace nabla::detail
