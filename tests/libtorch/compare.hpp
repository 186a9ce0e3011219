// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <nabla/engine/shape.hpp>
#include <nabla/engine/tensor.hpp>

#include <ATen/ATen.h>

// The same function of the same numbers on nabla and on libtorch, in double: values and gradients.

namespace nabla::test {

using Torch = at::Tensor;
using TorchList = std::vector<Torch>;

/// An operand: its shape, and the interval its numbers are drawn from.
struct Operand {
  Shape shape;
  double lower = -2.0;
  double upper = 2.0;
};

struct Case {
  std::string name;
  std::vector<Operand> operands;
  std::function<Tensor(std::span<const Tensor>)> ours;
  std::function<Torch(const TorchList&)> theirs;
  double tolerance = 1e-12;  ///< of the greatest number in a result
};

/// Numbers of ours as one of theirs, of the same dtype.
[[nodiscard]] Torch torch_of(const Tensor& x);

/// Compares value and gradients, reporting to Boost.Test.
void compare(const Case& test);

}  // namespace nabla::test
