// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <nabla/kernels/elementwise.hpp>
#include <nabla/ops/family/elementwise.hpp>

#include "program/graph.hpp"

// A schedule is what an evaluation does, step by step, for a block of evaluations at a time. A step
// reads and writes *slots*: a number for each evaluation of the block. A slot is taken again as soon as
// nobody reads what stands in it, so that those in use stay near the processor. So do the steps, which are
// read once a block: a few words each.

namespace nabla::detail {

/// The arrays outside, row by row, that steps write.
enum class Target : std::uint8_t { outputs, derivatives };

/// What a step does; many steps do the same.
struct ProgramCall {
  enum class Kind : std::uint8_t { compute, load, store };
  Kind kind{};
  std::uint8_t array = 0;                              ///< a Target, if it stores
  std::uint32_t operands = 0;                          ///< their number, if it computes
  const kernels::ElementwiseKernel* kernel = nullptr;  ///< the same
  /// If numbers are dual and the kernel gives but the number, of one operand: what gives the tangent.
  const SlopeKernels* slope = nullptr;
  const std::uint64_t* attributes = nullptr;  ///< for the kernel
  friend auto operator<=>(const ProgramCall&, const ProgramCall&) = default;
};

/// What a call runs, in the instruction set that is chosen.
class CallFunction {
 public:
  explicit CallFunction(const ProgramCall& call)
      : run_(call.kernel == nullptr ? nullptr : call.kernel->chosen()),
        tangent_(call.slope == nullptr ? nullptr : call.slope->contribution.chosen()),
        reads_result_(call.slope != nullptr && call.slope->reads == kReadsResult),
        attributes_(call.attributes) {}

  /// One of the arrays of results may be that of an operand; `tangents` is read if numbers are dual.
  void operator()(const void* const* operands, void* numbers, void* tangents,
                  std::int64_t n) const {
    void* const to[] = {numbers, tangents};
    if (tangent_ == nullptr) return run_(attributes_, operands, to, n);
    if (reads_result_) run_(attributes_, operands, to, n);
    const void* const read[] = {reads_result_ ? numbers : operands[0], operands[1]};
    tangent_(attributes_, read, to + 1, n);
    if (!reads_result_) run_(attributes_, operands, to, n);
  }

 private:
  kernels::ElementwiseKernel::Function run_, tangent_;
  bool reads_result_;
  const void* attributes_;
};

struct ProgramConstant {
  std::uint32_t slot;
  double value;
};

/// Calls point into `attributes`, so it is moved and not copied.
struct ProgramSchedule {
  ProgramSchedule() = default;
  ProgramSchedule(ProgramSchedule&&) = default;
  ProgramSchedule& operator=(ProgramSchedule&&) = default;

  std::vector<ProgramCall> calls;
  /// A step after the other: a call, the slot that is computed, loaded or stored, and those of the
  /// operands, or the column of the array. Behind the last are kMostOperands words more.
  std::vector<std::uint32_t> steps;
  std::size_t step_count = 0;
  std::vector<ProgramConstant> constants;  ///< stay in their slots
  std::vector<std::uint64_t> attributes;
  std::uint32_t slots = 0;
  /// Numbers are dual, and a slot holds a block of tangents behind that of numbers. Inputs are loaded with
  /// their directions, and what is stored is the tangent.
  bool is_dual = false;
  bool has_guards = false;
  std::uint32_t left = 0;  ///< slot that is not 0 where a guard ended otherwise
};

/// What arrives and a slope, of as many terms as are added up at once.
inline constexpr std::size_t kMostOperands = 8;

/// Rows of a block: so many that a step is worth its call, in whole loops of the kernels (see for_lanes).
inline constexpr std::size_t kMostRows = 256, kLeastRows = 16;
/// As how many a kernel computes so many numbers: in whole loops, whose remainders are done number by number,
/// with the same bits. One or two more are sooner done so.
[[nodiscard]] constexpr std::size_t computed_rows(std::size_t count) {
  constexpr std::size_t kFewRows = 2;
  const std::size_t whole = count / kLeastRows * kLeastRows;
  return count - whole <= kFewRows ? count : whole + kLeastRows;
}
/// Slots of a block take no more, unless it has the fewest rows: what a third-level cache gives a core.
/// In that of the second level are those that have just been used, which most steps read; what waits for
/// the way back comes in time, and fewer rows make each step a call for less work. Gradients of a chain of
/// 10^4 operations take 0.78, 0.76, 0.51, 0.39 ns an operation with 1, 2, 4, 8 MiB, of Burgers' equation
/// 0.65, 0.48, 0.34, 0.28; whatever fits into 2 MiB is as fast with all of them (least of several runs,
/// AMD EPYC, AVX-512, 1 MiB of second-level cache a core).
inline constexpr std::size_t kBlockBytes = std::size_t{1} << 23;
[[nodiscard]] inline std::size_t bytes_of(const ProgramSchedule& schedule, std::size_t rows) {
  return schedule.slots * (schedule.is_dual ? 2 : 1) * rows * sizeof(double);
}

}  // namespace nabla::detail
