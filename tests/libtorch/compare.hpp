// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <nabla/engine/shape.hpp>
#include <nabla/engine/tensor.hpp>

#include <ATen/ATen.h>

// The same function of the same numbers on nabla and on libtorch, in double: values and gradients, element
// by element.

namespace nabla::test {

using Torch = at::Tensor;
using TorchList = std::vector<Torch>;

/// An operand: its shape, and the interval its numbers are drawn from.
struct Operand {
  Shape shape;
  double lower = -2.0;
  double upper = 2.0;
};

/// Sums and slopes of numbers around 1 are exact to a few eps, not to an ulp of their own where terms
/// cancel: 16 roundings of numbers up to 8.
inline constexpr double kRoundOff = 128 * 0x1p-53;

struct Case {
  std::string name;
  std::vector<Operand> operands;
  std::function<Tensor(std::span<const Tensor>)> ours;
  std::function<Torch(const TorchList&)> theirs;
  double tolerance = 1e-12;  ///< of each element
  double floor = kRoundOff;  ///< and what any of them may be off by, where it is next to nothing
};

/// Numbers of ours as one of theirs, of the same dtype.
[[nodiscard]] Torch torch_of(const Tensor& x);

/// Compares value and gradients on several draws of the operands, reporting to Boost.Test.
void compare(const Case& test);
/// The same on these operands; what arrives at the result is drawn.
void compare_at(const Case& test, std::span<const Tensor> operands, std::uint64_t seed);

}  // namespace nabla::test
