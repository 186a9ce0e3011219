// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>

#include <nabla/engine/recording.hpp>
#include <nabla/ops/family/shapes.hpp>
#include <nabla/ops/family/structured.hpp>

namespace nabla {
[[nodiscard]] Tensor diag_embed(const Tensor& x, std::int64_t offset, int axis0, int axis1,
                                std::int64_t size0, std::int64_t size1);
[[nodiscard]] Tensor diag_embed(const Tensor& x, std::int64_t offset = 0, int axis0 = -2,
                                int axis1 = -1);
[[nodiscard]] Tensor diagonal(const Tensor& x, std::int64_t offset, int axis0, int axis1);

namespace op {
struct DiagEmbed : Structured {
  std::int64_t offset;
  int axis0, axis1;  ///< of the result
  std::int64_t size0, size1;

  static constexpr OpInfo info{.name = "diag_embed",
                               .formula = "y = 0, with y = x where j = i + offset",
                               .gradient = "dL/dx = the diagonal of g",
                               .accuracy = "exact",
                               .source = "transpose of diagonal"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    const std::int64_t room = std::min(size0 + std::min<std::int64_t>(offset, 0),
                                       size1 - std::max<std::int64_t>(offset, 0));
    if (x[0].size(-1) != std::max<std::int64_t>(room, 0)) {
      throw ShapeError("[diag_embed] does not fit: got " + to_string(x[0].shape()) + " at offset " +
                       std::to_string(offset) + ", need the diagonal of a " +
                       std::to_string(size0) + " x " + std::to_string(size1) + " matrix");
    }
    check_rank(x[0].rank() + 1, info.name);
    const bool in_order = axis0 < axis1;
    Shape shape = x[0].shape().without(x[0].rank() - 1);
    shape = shape.inserted(std::min(axis0, axis1), in_order ? size0 : size1);
    return {shape.inserted(std::max(axis0, axis1), in_order ? size1 : size0), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    std::fill_n(y.node()->data, y.node()->bytes(), std::byte{0});
    const NoGrad no_grad;
    const Tensor part = diagonal(y, offset, axis0, axis1);
    detail::copy_elements(*x[0].node(), *part.node());
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, diagonal(call.gradient(), offset, axis0, axis1));
  }
  static std::vector<Sample> samples() {
    return {{"a vector",
             {sample_tensor({3})},
             [](std::span<const Tensor> x) { return diag_embed(x[0]); }},
            {"below, a batch and transposed",
             {sample_tensor({3, 2}).transpose()},
             [](std::span<const Tensor> x) { return diag_embed(x[0], -1); }},
            {"above, around the batch",
             {sample_tensor({2, 3})},
             [](std::span<const Tensor> x) { return diag_embed(x[0], 1, 2, 0); }},
            {"of a wide matrix",
             {sample_tensor({2})},
             [](std::span<const Tensor> x) { return diag_embed(x[0], 1, 0, 1, 2, 4); }},
            {"no elements", {sample_tensor({2, 0})}, [](std::span<const Tensor> x) {
               return diag_embed(x[0], 1);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {
        {"a number", [] { static_cast<void>(diag_embed(zeros({}))); },
         "[diag_embed] got a number, need at least one axis"},
        {"an axis twice", [] { static_cast<void>(diag_embed(zeros({2}), 0, 1, -1)); },
         "[diag_embed] axes 1 and -1 are one, need two"},
        {"another number of elements",
         [] { static_cast<void>(diag_embed(zeros({2}), 0, 0, 1, 3, 3)); },
         "[diag_embed] does not fit: got (2,) at offset 0, need the diagonal of a 3 x 3 matrix"}};
  }
};
}  // namespace op

/// Zeros, with the last axis of x on the diagonal j = i + offset of the axes axis0 and axis1 of the
/// result, which have the given sizes.
/// Errors    ShapeError if that diagonal has another size, or axes are not there or one
[[nodiscard]] inline Tensor diag_embed(const Tensor& x, std::int64_t offset, int axis0, int axis1,
                                       std::int64_t size0, std::int64_t size1) {
  const int rank = detail::defined(x, "diag_embed").rank() + 1;
  if (rank == 1) throw ShapeError("[diag_embed] got a number, need at least one axis");
  op::DiagEmbed op{};
  op.axis0 = normal_axis(axis0, rank, "diag_embed");
  op.axis1 = normal_axis(axis1, rank, "diag_embed");
  if (op.axis0 == op.axis1) {
    throw ShapeError("[diag_embed] axes " + std::to_string(axis0) + " and " +
                     std::to_string(axis1) + " are one, need two");
  }
  op.offset = offset;
  op.size0 = size0;
  op.size1 = size1;
  return record_structured(op, x);
}
/// The same with a square matrix that is just large enough.
/// Shapes    (..., n) -> (..., m, m) with m = n + |offset|
[[nodiscard]] inline Tensor diag_embed(const Tensor& x, std::int64_t offset, int axis0, int axis1) {
  const bool is_number = detail::defined(x, "diag_embed").rank() == 0;
  detail::check_width(offset, "diag_embed");
  const std::int64_t size = (is_number ? 1 : x.size(-1)) + std::abs(offset);
  return diag_embed(x, offset, axis0, axis1, size, size);
}

/// A vector as the diagonal of a square matrix; of a matrix, its diagonal as a view.
/// Errors    ShapeError unless x has one axis or two, or if the matrix would be too large
[[nodiscard]] inline Tensor diag(const Tensor& x, std::int64_t offset = 0) {
  const int rank = detail::defined(x, "diag").rank();
  if (rank != 1 && rank != 2)
    throw ShapeError("[diag] got " + to_string(x.shape()) + ", need a vector or a matrix");
  if (rank == 2) return diagonal(x, offset, 0, 1);
  detail::check_width(offset, "diag");
  const std::int64_t size = x.numel() + std::abs(offset);
  Shape{size, size}.check("diag");
  return diag_embed(x, offset);
}
}  // namespace nabla

// The two derive each other, so each brings the other along.
#include <nabla/ops/view/diagonal.hpp>
