// SPDX-License-Identifier: MIT
#include "program/evaluate.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/parallel.hpp>

namespace nabla::detail {
namespace {

struct alignas(64) Line {
  double numbers[8];
};

/// The slots of one thread.
class Workspace {
 public:
  Workspace(const ProgramSchedule& schedule, const ProgramArrays& arrays, std::size_t block)
      : schedule_(schedule),
        arrays_(arrays),
        block_(block),
        shift_(std::countr_zero(schedule.is_dual ? 2 * block : block)),
        lines_(std::make_unique_for_overwrite<Line[]>((schedule.slots << shift_) / 8)) {
    calls_.reserve(schedule.calls.size());
    for (const ProgramCall& call : schedule.calls) {
      calls_.push_back({.kind = call.kind,
                        .array = call.array,
                        .operands = call.operands,
                        .run = CallFunction(call)});
    }
    for (const ProgramConstant& constant : schedule.constants) {
      std::fill_n(slot(constant.slot), std::size_t{1} << shift_, 0.0);
      std::fill_n(slot(constant.slot), block, constant.value);
    }
  }

  /// Rows first, ..., last - 1.
  void run(std::size_t first, std::size_t last, std::span<std::uint8_t> left) {
    for (; first < last; first += block_) {
      const std::size_t count = std::min(block_, last - first);
      double* const is_left = schedule_.has_guards ? slot(schedule_.left) : nullptr;
      if (is_left != nullptr) std::fill_n(is_left, block_, 0.0);
      schedule_.is_dual ? run_block<true>(first, count) : run_block<false>(first, count);
      if (is_left == nullptr) continue;
      for (std::size_t row = 0; row < count; ++row)
        left[first + row] = static_cast<std::uint8_t>(is_left[row] != 0);
    }
  }

 private:
  struct Call {
    ProgramCall::Kind kind;
    std::uint8_t array;
    std::uint32_t operands;
    CallFunction run;
  };

  double* slot(std::size_t number) const { return lines_[0].numbers + (number << shift_); }
  /// As many as a call may have, whatever it has: it costs less than to count them. Words that are no
  /// slots become addresses of nothing, which only whole numbers may be; no call reads them.
  void find_operands(const std::uint32_t* slots, std::size_t plus, const void** operands) const {
    const auto first = std::bit_cast<std::uintptr_t>(lines_[0].numbers + plus);
    for (std::size_t k = 0; k < kMostOperands; ++k) {
      operands[k] =
          std::bit_cast<const void*>(first + (std::uintptr_t{slots[k]} << shift_) * sizeof(double));
    }
  }

  template <bool kDual>
  void run_block(std::size_t first, std::size_t count) const {
    const std::size_t rows = computed_rows(count);
    std::array<const void*, 2 * kMostOperands> operands;
    const std::uint32_t* const end =
        schedule_.steps.data() + schedule_.steps.size() - kMostOperands;
    for (const std::uint32_t* at = schedule_.steps.data(); at != end;) {
      const Call& call = calls_[*at++];
      double* const number = slot(*at++);
      switch (call.kind) {
        case ProgramCall::Kind::compute: {
          find_operands(at, 0, operands.data());
          if constexpr (kDual) find_operands(at, block_, operands.data() + call.operands);
          at += call.operands;
          call.run(operands.data(), number, number + block_, static_cast<std::int64_t>(rows));
          break;
        }
        case ProgramCall::Kind::load:
          load(number, 0, *at, first, count, rows);
          if constexpr (kDual) load(number + block_, 1, *at, first, count, rows);
          ++at;
          break;
        case ProgramCall::Kind::store:
          store(kDual ? number + block_ : number, call.array, *at++, first, count);
          break;
      }
    }
  }
  // Rows that are not there are the last row again.
  void load(double* to, std::size_t array, std::size_t column, std::size_t first, std::size_t count,
            std::size_t rows) const {
    const std::size_t columns = arrays_.source_columns[array];
    const double* from = arrays_.sources[array] + first * columns + column;
    for (std::size_t row = 0; row < count; ++row) to[row] = from[row * columns];
    std::fill(to + count, to + rows, to[count - 1]);
  }
  void store(const double* from, std::size_t array, std::size_t column, std::size_t first,
             std::size_t count) const {
    const std::size_t columns = arrays_.target_columns[array];
    double* to = arrays_.targets[array] + first * columns + column;
    for (std::size_t row = 0; row < count; ++row) to[row * columns] = from[row];
  }

  const ProgramSchedule& schedule_;
  const ProgramArrays& arrays_;
  std::size_t block_;  ///< rows, a power of two
  int shift_;          ///< of the numbers of a slot
  std::unique_ptr<Line[]> lines_;
  std::vector<Call> calls_;
};

std::size_t threads_for(const ProgramSchedule& schedule, std::size_t rows) {
  const bool is_small = schedule.step_count * rows < static_cast<std::size_t>(kernels::kLargeLoop);
  return is_small ? 1 : static_cast<std::size_t>(kernels::threads());
}

}  // namespace

std::size_t block_rows(const ProgramSchedule& schedule, std::size_t rows) {
  std::size_t block = kMostRows;
  while (block > kLeastRows && (bytes_of(schedule, block) > kBlockBytes || block / 2 >= rows))
    block /= 2;
  return block;
}

void evaluate(const ProgramSchedule& schedule, const ProgramArrays& arrays, std::size_t rows,
              std::span<std::uint8_t> left) {
  if (rows == 0) return;
  const std::size_t threads = threads_for(schedule, rows);
  const std::size_t block = block_rows(schedule, (rows + threads - 1) / threads);
  const std::size_t blocks = (rows + block - 1) / block;
  const std::size_t parts = std::min(blocks, threads);
  if (parts == 1) return Workspace(schedule, arrays, block).run(0, rows, left);
  std::vector<Workspace> workspaces;
  workspaces.reserve(parts);
  for (std::size_t i = 0; i < parts; ++i) workspaces.emplace_back(schedule, arrays, block);
  kernels::for_each_block(static_cast<std::int64_t>(parts), [&](std::int64_t number) {
    const auto part = static_cast<std::size_t>(number);
    const std::size_t first = part * blocks / parts * block;
    const std::size_t last = std::min(rows, (part + 1) * blocks / parts * block);
    workspaces[part].run(first, last, left);
  });
}

}  // namespace nabla::detail
