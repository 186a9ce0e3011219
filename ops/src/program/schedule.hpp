// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nabla/kernels/elementwise.hpp>

#include "program/graph.hpp"

// A schedule is what an evaluation does, step by step, for a block of evaluations at a time. A step
// reads and writes *slots*: a number for each evaluation of the block. A slot is taken again as soon as
// nobody reads what stands in it, so that those in use stay near the processor.

namespace nabla::detail {

/// The arrays outside, row by row, that steps read and write.
enum class Source : std::uint8_t { inputs, directions };
enum class Target : std::uint8_t { outputs, derivatives };

struct ProgramStep {
  enum class Kind : std::uint8_t { compute, load, store };
  Kind kind{};
  std::uint8_t array = 0;                              ///< a Source or Target
  std::size_t column = 0;                              ///< of a row of the array
  const kernels::ElementwiseKernel* kernel = nullptr;  ///< if it computes
  const std::uint64_t* attributes = nullptr;           ///< for the kernel
  std::uint32_t first_operand = 0, operand_count = 0;  ///< in ProgramSchedule::operands
  std::uint32_t slot = 0;                              ///< what is computed, loaded, stored
};

struct ProgramConstant {
  std::uint32_t slot;
  double value;
};

/// Steps point into `attributes`, so it is moved and not copied.
struct ProgramSchedule {
  ProgramSchedule() = default;
  ProgramSchedule(ProgramSchedule&&) = default;
  ProgramSchedule& operator=(ProgramSchedule&&) = default;

  std::vector<ProgramStep> steps;
  std::vector<std::uint32_t> operands;     ///< slots
  std::vector<ProgramConstant> constants;  ///< stay in their slots
  std::vector<std::uint64_t> attributes;
  std::uint32_t slots = 0;
  bool has_guards = false;
  std::uint32_t left = 0;  ///< slot that is not 0 where a guard ended otherwise
};

[[nodiscard]] ProgramSchedule schedule_values(const ProgramGraph& graph);
/// With the derivatives of each output by each input.
[[nodiscard]] ProgramSchedule schedule_jacobian(const ProgramGraph& graph);
/// The Hessian of the one output times a direction.
[[nodiscard]] ProgramSchedule schedule_hessian_product(const ProgramGraph& graph);

}  // namespace nabla::detail
