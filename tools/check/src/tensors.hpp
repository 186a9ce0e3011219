// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nabla/check/problem.hpp>
#include <nabla/engine/functional.hpp>
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
/// Gradients by `xs`; undefined where y does not depend on one.
[[nodiscard]] std::vector<Tensor> gradients_of(const Tensor& y, std::span<const Tensor> xs,
                                               const Tensor& upstream, bool create_graph);
/// The gradient by `by` of <v, g>, where g are the gradients of y by the first `count` of them. The
/// last of them is the upstream gradient.
[[nodiscard]] std::vector<double> second_gradient(const Tensor& y, std::span<const Tensor> by,
                                                  std::size_t count, std::span<const double> v);

/// gradcheck of a function of tensors, without a search for the cause.
[[nodiscard]] Report report_on_tensors(const TensorFunction& f, std::span<const Tensor> at,
                                       const Options& options);
/// What the float64 shadow of y says, and whether float32 agrees with it, beside a report that was made
/// in single precision from the function itself. That report, with a remark, if there is no shadow.
[[nodiscard]] Report with_shadow(Report coarse, const Tensor& y, std::span<const Tensor> xs,
                                 std::span<const Input> names, const Options& options);
/// The options of that coarse report.
[[nodiscard]] Options coarse_options(const Options& options);

}  // namespace nabla::check::detail
