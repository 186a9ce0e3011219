// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nabla/ops/registry.hpp>

namespace nabla::detail {

/// What the slope of an op by an operand is, if it is a number that is there or that another op gives: then
/// no kernel of the op itself is needed to go back.
enum class KnownSlope : std::uint8_t {
  none,
  factor,         ///< the other one of the first two operands
  result,         ///< of the op
  cosine,         ///< of the operand
  negative_sine,  ///< the same
};
[[nodiscard]] KnownSlope known_slope(const OpEntry& op, std::size_t operand);

/// Ops of the registry that a schedule knows.
struct KnownOps {
  const OpEntry *add, *sub, *mul, *fma, *exp, *sin, *cos;
};
[[nodiscard]] const KnownOps& known_ops();

}  // namespace nabla::detail
