// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

// Steps as they are written, before they have slots: each computes a number of its own, a register. In
// which order they are done says how many of these live at once.

namespace nabla::detail {

/// A number that a step computes, once; at the end it gets a slot.
using Register = std::uint32_t;
inline constexpr Register kNothing = std::numeric_limits<Register>::max();

/// A step in registers. It is done for its own sake if it has no result: if it stores, or guards.
struct Step {
  std::uint32_t call;
  Register result;
  std::uint32_t first_operand, operand_count;  ///< in Steps::operands
  std::uint32_t column;                        ///< if it loads or stores
};

struct Steps {
  std::vector<Step> all;
  std::vector<Register> operands;
  Register registers = 0;

  [[nodiscard]] std::span<const Register> operands_of(const Step& step) const {
    return std::span(operands).subspan(step.first_operand, step.operand_count);
  }
};

using Order = std::vector<std::uint32_t>;  ///< of steps, by their places

/// What is needed, as it was written.
[[nodiscard]] Order order_written(const Steps& steps);

/// The same steps, each as late as a derivative needs it, but those that free a slot as soon as they can be
/// done: a gradient of many terms goes back through each right after it was computed.
/// Cost      in proportion to the operands of all steps
[[nodiscard]] Order order_late(const Steps& steps, const Order& written);

}  // namespace nabla::detail
