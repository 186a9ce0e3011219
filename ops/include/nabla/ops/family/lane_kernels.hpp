// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include <nabla/kernels/elementwise.hpp>

// An elementwise op as a Program runs it: loops over float64 lanes in each instruction set, and the way
// from the op's parameters to the bytes that those loops take, and back. Of dual numbers a loop takes
// arrays of all numbers, then arrays of their tangents; and so are the results.

namespace nabla::detail {

/// What operand I adds to its gradient, g times the slope by it. The inputs are, in this order, what the
/// slope reads (operands, then the value), and what is named.
struct SlopeKernels {
  unsigned reads;                           ///< bit i for operand i, kReadsResult for the value
  double number;                            ///< the slope itself, if it reads nothing
  kernels::ElementwiseKernel contribution;  ///< g
  kernels::ElementwiseKernel added{};       ///< g, a number that it is added to; of cheap ops only
  kernels::ElementwiseKernel dual_added;    ///< the same of dual numbers
};

struct LaneKernels {
  bool is_cheap;
  kernels::ElementwiseKernel value;
  kernels::ElementwiseKernel dual_value;  ///< with its tangent along those of the operands
  std::array<SlopeKernels, 3> slopes;
  std::size_t attribute_bytes;
  /// The op with these values of its parameters, which parameter_fault does not object to.
  void (*make)(std::span<const double> values, std::byte* attributes);
  /// The other way round.
  void (*read)(const void* op, std::span<double> values);
};

}  // namespace nabla::detail
