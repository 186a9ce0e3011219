// SPDX-License-Identifier: MIT
#include "program/writer.hpp"

#include <array>
#include <bit>
#include <utility>

namespace nabla::detail {
namespace {

using kernels::ElementwiseKernel;

/// The slots of registers, each from when it is written until it is read for the last time.
class Slots {
 public:
  Slots(const Steps& steps, const Order& order)
      : unread_(steps.registers), slot_of_(steps.registers) {
    for (const std::uint32_t i : order)
      for (const Register operand : steps.operands_of(steps.all[i])) ++unread_[operand];
  }

  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] bool is_read(Register number) const { return unread_[number] != 0; }
  [[nodiscard]] std::uint32_t of(Register number) const { return slot_of_[number]; }

  /// A slot that is free.
  std::uint32_t take() {
    if (free_.empty()) return count_++;
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  std::uint32_t write(Register number) { return slot_of_[number] = take(); }
  /// It stays in its slot, however often it is read.
  std::uint32_t write_for_good(Register number) {
    ++unread_[number];
    return write(number);
  }
  void read(Register number) {
    if (--unread_[number] == 0) free_.push_back(slot_of_[number]);
  }

 private:
  std::vector<std::uint32_t> unread_, slot_of_;  ///< by register
  std::vector<std::uint32_t> free_;
  std::uint32_t count_ = 0;
};

}  // namespace

ScheduleWriter::ScheduleWriter(const ProgramGraph& graph, bool is_dual) : inputs_(graph.inputs) {
  schedule_.is_dual = is_dual;
  std::map<std::vector<std::uint64_t>, std::size_t> places;
  for (const ProgramNode& node : graph.nodes) {
    place_of_attributes_.push_back(kNothing);
    if (node.op == nullptr || node.op->lanes->attribute_bytes == 0) continue;
    const LaneKernels& lanes = *node.op->lanes;
    std::vector<std::uint64_t> attributes((lanes.attribute_bytes + 7) / 8);
    lanes.make(graph.parameters_of(node), reinterpret_cast<std::byte*>(attributes.data()));
    const auto [at, is_new] = places.try_emplace(attributes, schedule_.attributes.size());
    place_of_attributes_.back() = static_cast<std::uint32_t>(at->second);
    if (is_new)
      schedule_.attributes.insert(schedule_.attributes.end(), attributes.begin(), attributes.end());
  }
}

Register ScheduleWriter::constant(double value) {
  const auto [at, is_new] =
      constants_.try_emplace(std::bit_cast<std::uint64_t>(value), steps_.registers);
  if (is_new) ++steps_.registers;
  return at->second;
}

Register ScheduleWriter::load(std::size_t column) {
  add({.kind = ProgramCall::Kind::load}, {}, steps_.registers, column);
  return steps_.registers++;
}

void ScheduleWriter::store(Target array, std::size_t column, Register from) {
  add({.kind = ProgramCall::Kind::store, .array = static_cast<std::uint8_t>(array)},
      std::span(&from, 1), kNothing, column);
}

Register ScheduleWriter::compute(const ElementwiseKernel& kernel, std::uint32_t node,
                                 std::span<const Register> operands) {
  return compute({.kernel = &kernel, .attributes = attributes_of(node)}, operands);
}
Register ScheduleWriter::compute_parts(const LaneKernels& lanes, std::uint32_t node,
                                       Register operand) {
  return compute(
      {.kernel = &lanes.value, .slope = &lanes.slopes[0], .attributes = attributes_of(node)},
      std::span(&operand, 1));
}
Register ScheduleWriter::compute(const ElementwiseKernel& kernel,
                                 std::span<const Register> operands) {
  return compute(ProgramCall{.kernel = &kernel}, operands);
}
Register ScheduleWriter::compute(const ProgramCall& call, std::span<const Register> operands) {
  ProgramCall of_operands = call;
  of_operands.operands = static_cast<std::uint32_t>(operands.size());
  add(of_operands, operands, steps_.registers, 0);
  return steps_.registers++;
}
const std::uint64_t* ScheduleWriter::attributes_of(std::uint32_t node) const {
  const std::uint32_t place = place_of_attributes_[node];
  return place == kNothing ? nullptr : schedule_.attributes.data() + place;
}

void ScheduleWriter::guard(const ElementwiseKernel& kernel, Register a, Register b) {
  schedule_.has_guards = true;
  add({.operands = 3, .kernel = &kernel}, std::array{a, b}, kNothing, 0);
}

void ScheduleWriter::add(const ProgramCall& call, std::span<const Register> operands,
                         Register result, std::size_t column) {
  const auto [at, is_new] =
      calls_.try_emplace(call, static_cast<std::uint32_t>(schedule_.calls.size()));
  if (is_new) schedule_.calls.push_back(call);
  steps_.all.push_back({.call = at->second,
                        .result = result,
                        .first_operand = static_cast<std::uint32_t>(steps_.operands.size()),
                        .operand_count = static_cast<std::uint32_t>(operands.size()),
                        .column = static_cast<std::uint32_t>(column)});
  steps_.operands.insert(steps_.operands.end(), operands.begin(), operands.end());
}

ProgramSchedule ScheduleWriter::finish() {
  const Order written = order_written(steps_);
  place(written);
  constexpr std::size_t kSecondLevelCache = std::size_t{1} << 21;
  if (bytes_of(schedule_, kMostRows) <= kSecondLevelCache) return std::move(schedule_);
  const std::uint32_t slots = schedule_.slots;
  place(order_late(steps_, written));
  if (schedule_.slots >= slots) place(written);
  return std::move(schedule_);
}

std::unique_ptr<const RowSchedule> ScheduleWriter::finish_row() {
  return std::make_unique<const RowSchedule>(steps_, std::move(schedule_), constants_, inputs_);
}

void ScheduleWriter::place(const Order& order) {
  Slots slots(steps_, order);
  schedule_.constants.clear();
  for (const auto& [bits, number] : constants_)
    if (slots.is_read(number))
      schedule_.constants.push_back({slots.write_for_good(number), std::bit_cast<double>(bits)});
  if (schedule_.has_guards) schedule_.left = slots.take();

  std::vector<std::uint32_t>& words = schedule_.steps;
  words.clear();
  for (const std::uint32_t i : order) {
    const Step& step = steps_.all[i];
    const std::span<const Register> operands = steps_.operands_of(step);
    // What is read here for the last time leaves its slot to the result: kernels allow that.
    for (const Register operand : operands) slots.read(operand);
    const bool is_store = schedule_.calls[step.call].kind == ProgramCall::Kind::store;
    const bool is_guard = !is_store && step.result == kNothing;
    words.push_back(step.call);
    if (!is_store) words.push_back(is_guard ? schedule_.left : slots.write(step.result));
    for (const Register operand : operands) words.push_back(slots.of(operand));
    if (is_guard) words.push_back(schedule_.left);
    if (schedule_.calls[step.call].kind != ProgramCall::Kind::compute) words.push_back(step.column);
  }
  words.insert(words.end(), kMostOperands, 0);
  schedule_.step_count = order.size();
  schedule_.slots = slots.count();
}

}  // namespace nabla::detail
