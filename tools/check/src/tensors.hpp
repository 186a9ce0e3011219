// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nabla/check/problem.hpp>
#include <nabla/engine/tensor.hpp>

namespace nabla::check::detail {

/// A contiguous tensor without history of these numbers, rounded to dtype.
[[nodiscard]] Tensor tensor_from(std::span<const double> numbers, const Shape& shape, DType dtype);
/// All elements as numbers, in row-major order.
[[nodiscard]] std::vector<double> numbers_of(const Tensor& tensor);
/// The tensor as a block of inputs, under its own name or `fallback`.
[[nodiscard]] Input input_of(const Tensor& tensor, const std::string& fallback);
/// Appends the gradients of `xs` to the numbers, and a remark on what is odd about them.
[[nodiscard]] Gradient gathered(std::span<const Tensor> gradients, std::span<const Tensor> xs);

}  // namespace nabla::check::detail
