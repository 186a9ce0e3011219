// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "program/schedule.hpp"

namespace nabla::detail {

/// What the steps of a schedule read and write: arrays row by row, a row an evaluation.
struct ProgramArrays {
  std::array<const double*, 2> sources{};  ///< inputs; their directions, if numbers are dual
  std::array<double*, 2> targets{};        ///< by Target
  std::array<std::size_t, 2> source_columns{}, target_columns{};
};

/// Rows that are done at a time, if there are so many.
[[nodiscard]] std::size_t block_rows(const ProgramSchedule& schedule, std::size_t rows);

/// Evaluates `rows` rows. Where a guard ended otherwise, left[row] becomes 1 and the results mean nothing.
/// Requires  left has `rows` elements if the schedule has guards
/// Errors    std::bad_alloc
/// Cost      steps times rows; memory of the slots for a block of rows, for each thread
void evaluate(const ProgramSchedule& schedule, const ProgramArrays& arrays, std::size_t rows,
              std::span<std::uint8_t> left);

}  // namespace nabla::detail
