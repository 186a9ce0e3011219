// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
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
/// Those that are floating, as blocks of inputs.
[[nodiscard]] std::vector<Input> inputs_of(std::span<const Tensor> tensors);
[[nodiscard]] bool same_bits(std::span<const double> a, std::span<const double> b);
/// How often the elements of each were written to.
[[nodiscard]] std::vector<std::uint32_t> versions_of(std::span<const Tensor> tensors);
/// Appends the gradients of `xs` to the numbers, and a remark on what is odd about them.
[[nodiscard]] Gradient gathered(std::span<const Tensor> gradients, std::span<const Tensor> xs);
/// Gradients by `xs`; undefined where y does not depend on one.
[[nodiscard]] std::vector<Tensor> gradients_of(const Tensor& y, std::span<const Tensor> xs,
                                               const Tensor& upstream, bool create_graph);
/// The gradient by `by` of <v, g>, where g are the gradients of y by the first `count` of them. The
/// last of them is the upstream gradient.
[[nodiscard]] std::vector<double> second_gradient(const Tensor& y, std::span<const Tensor> by,
                                                  std::size_t count, std::span<const double> v);

/// How far rounding moves <v, g>, where g are the gradients of y by `xs`, for this upstream gradient.
[[nodiscard]] double rounding_of_gradients(const Tensor& y, std::span<const Tensor> xs,
                                           const Tensor& upstream, std::span<const double> v);
/// The slope of a mixture of y's elements along a direction through all xs, which the seed chooses;
/// recorded.
[[nodiscard]] Tensor slope_along(const Tensor& y, std::span<const Tensor> xs, std::uint64_t seed);

/// gradcheck of a function of tensors, without a search for the cause.
[[nodiscard]] Report report_on_tensors(const TensorFunction& f, std::span<const Tensor> at,
                                       const Options& options);
/// Whether what `record` gives was computed in float32, on the way at least; false if it throws.
[[nodiscard]] bool records_float32(const std::function<Tensor()>& record);
/// A check of what is recorded in float32, as `record` gives it from `xs`; `problem` is the same
/// function, to be called.
/// Differences come from the float64 shadow of the record; float32 must agree with it at the point,
/// and the function with it beside the point. Single precision alone where there is no shadow.
[[nodiscard]] Report check_single(const Problem& problem, const std::function<Tensor()>& record,
                                  std::span<const Tensor> xs, const Options& options);

}  // namespace nabla::check::detail
