// SPDX-License-Identifier: MIT
#include "program/evaluate.hpp"

#include <algorithm>
#include <vector>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/parallel.hpp>

namespace nabla::detail {
namespace {

// A block has so many rows that a step is worth its call, and so few that all slots stay in a
// second-level cache. Whole loops of the kernels: see for_lanes.
constexpr std::size_t kMostRows = 64, kLeastRows = 16;
constexpr std::size_t kCachedBytes = std::size_t{1} << 20;

std::size_t block_rows(const ProgramSchedule& schedule, std::size_t rows) {
  std::size_t block = kMostRows;
  const auto is_too_many = [&] { return block * schedule.slots * sizeof(double) > kCachedBytes; };
  while (block > kLeastRows && (is_too_many() || block / 2 >= rows)) block /= 2;
  return block;
}

struct alignas(64) Line {
  double numbers[8];
};

/// The slots of one thread, and the steps with their addresses.
class Workspace {
 public:
  Workspace(const ProgramSchedule& schedule, const ProgramArrays& arrays, std::size_t block)
      : schedule_(schedule), arrays_(arrays), block_(block), lines_(schedule.slots * block / 8) {
    operands_.reserve(schedule.operands.size());
    steps_.reserve(schedule.steps.size());
    for (const std::uint32_t operand : schedule.operands) operands_.push_back(slot(operand));
    for (const ProgramStep& step : schedule.steps) {
      steps_.push_back({.kind = step.kind,
                        .array = step.array,
                        .column = step.column,
                        .run = step.kernel == nullptr ? nullptr : step.kernel->chosen(),
                        .attributes = step.attributes,
                        .operands = operands_.data() + step.first_operand,
                        .to = slot(step.slot)});
    }
    for (const ProgramConstant& constant : schedule.constants)
      std::fill_n(slot(constant.slot), block, constant.value);
  }

  /// Rows first, ..., last - 1.
  void run(std::size_t first, std::size_t last, std::span<std::uint8_t> left) {
    for (; first < last; first += block_) {
      const std::size_t count = std::min(block_, last - first);
      run_block(first, count);
      if (!schedule_.has_guards) continue;
      const double* is_left = slot(schedule_.left);
      for (std::size_t row = 0; row < count; ++row)
        left[first + row] = static_cast<std::uint8_t>(is_left[row] != 0);
    }
  }

 private:
  struct Step {
    ProgramStep::Kind kind;
    std::uint8_t array;
    std::size_t column;
    kernels::ElementwiseKernel::Function run;
    const void* attributes;
    const void* const* operands;
    double* to;
  };

  double* slot(std::uint32_t number) { return &lines_[number * block_ / 8].numbers[0]; }

  void run_block(std::size_t first, std::size_t count) {
    const auto n = static_cast<std::int64_t>(block_);
    for (const Step& step : steps_) {
      switch (step.kind) {
        case ProgramStep::Kind::compute: {
          void* const to[] = {step.to};
          step.run(step.attributes, step.operands, to, n);
          break;
        }
        case ProgramStep::Kind::load:
          load(step, first, count);
          break;
        case ProgramStep::Kind::store:
          store(step, first, count);
          break;
      }
    }
  }
  // The rest of a block that has fewer rows is its last row again.
  void load(const Step& step, std::size_t first, std::size_t count) {
    const std::size_t columns = arrays_.source_columns[step.array];
    const double* from = arrays_.sources[step.array] + first * columns + step.column;
    for (std::size_t row = 0; row < count; ++row) step.to[row] = from[row * columns];
    std::fill(step.to + count, step.to + block_, step.to[count - 1]);
  }
  void store(const Step& step, std::size_t first, std::size_t count) {
    const std::size_t columns = arrays_.target_columns[step.array];
    double* to = arrays_.targets[step.array] + first * columns + step.column;
    for (std::size_t row = 0; row < count; ++row) to[row * columns] = step.to[row];
  }

  const ProgramSchedule& schedule_;
  const ProgramArrays& arrays_;
  std::size_t block_;
  std::vector<Line> lines_;
  std::vector<const void*> operands_;
  std::vector<Step> steps_;
};

// Parts for threads, of whole blocks.
std::size_t parts_of(const ProgramSchedule& schedule, std::size_t rows, std::size_t blocks) {
  if (schedule.steps.size() * rows < static_cast<std::size_t>(kernels::kLargeLoop)) return 1;
  return std::min(blocks, static_cast<std::size_t>(kernels::threads()));
}

}  // namespace

void evaluate(const ProgramSchedule& schedule, const ProgramArrays& arrays, std::size_t rows,
              std::span<std::uint8_t> left) {
  if (rows == 0) return;
  const std::size_t block = block_rows(schedule, rows);
  const std::size_t blocks = (rows + block - 1) / block;
  const std::size_t parts = parts_of(schedule, rows, blocks);
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
