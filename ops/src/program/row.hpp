// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "program/evaluate.hpp"
#include "program/order.hpp"
#include "program/schedule.hpp"

namespace nabla::detail {

/// What an evaluation of a row by itself does. No rows stand beside it that loops could run over, so they run
/// over steps: those of one kernel that do not wait for each other are a group, whose results stand side by
/// side. The numbers are those of a block of rows, to the bit.
/// Threads   safe
class RowSchedule {
 public:
  /// `calls` has the calls and attributes of the steps, and nothing else.
  RowSchedule(const Steps& steps, ProgramSchedule&& calls,
              const std::map<std::uint64_t, Register>& constants, std::size_t inputs);
  ~RowSchedule() { delete[] idle_.load(); }
  RowSchedule(const RowSchedule&) = delete;
  RowSchedule& operator=(const RowSchedule&) = delete;

  /// False where a guard ended otherwise: the results mean nothing.
  /// Errors    std::bad_alloc
  /// Memory    a number for each step, kept until the schedule ends, and more while several threads are here
  [[nodiscard]] bool evaluate(const ProgramArrays& arrays, std::size_t row) const;

 private:
  struct Store {
    std::uint32_t array, column, slot;
  };
  struct Range {
    std::uint32_t first, count;
  };

  void add_constant(double value, std::size_t times);
  void add_group(const Steps& steps, std::vector<std::uint32_t>& slot_of,
                 std::span<const std::uint32_t> group);
  /// How the operands that stand in these slots are named in groups_.
  std::uint32_t place_of(std::span<const std::uint32_t> slots);
  [[nodiscard]] std::unique_ptr<double[]> numbers() const;
  template <bool kDual>
  void compute(double* numbers) const;

  std::vector<ProgramCall> calls_;
  std::vector<std::uint64_t> attributes_;  ///< of the calls
  bool is_dual_;
  /// A group after the other: a call, how many steps, the slot of the first result, those of the operands:
  /// the first of as many in a row, or how they are gathered and a place in gathered_.
  std::vector<std::uint32_t> groups_;
  std::vector<std::uint32_t> gathered_;  ///< slots, or the first of some in a row and how many
  std::vector<ProgramConstant> constants_;
  std::map<std::uint32_t, std::uint32_t>
      repeated_;               ///< constants' slots, and as many as a group has
  std::vector<Range> guards_;  ///< slots, not 0 where a guard ended otherwise
  std::vector<Store> stores_;
  std::size_t inputs_, slots_;              ///< inputs stand in the first slots
  std::uint32_t zero_ = 0;                  ///< slot
  mutable std::atomic<double*> idle_ = {};  ///< numbers that nobody is using; may be null
};

}  // namespace nabla::detail
