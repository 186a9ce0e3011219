// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <nabla/ops/family/shapes.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor fold_strided(const Tensor& x, const Shape& shape,
                                  std::span<const std::int64_t> strides, std::int64_t offset = 0);
[[nodiscard]] Tensor as_strided(const Tensor& x, const Shape& shape,
                                std::span<const std::int64_t> strides, std::int64_t offset);

namespace op {
struct FoldStrided : Structured {
  Shape target;
  Strides strides;
  std::int64_t offset;

  static constexpr OpInfo info{
      .name = "fold_strided",
      .formula = "y = 0, then y at offset + i s_0 + j s_1 + .., in row-major order, += x[i, j, ..]",
      .gradient = "dL/dx = g at these places",
      .accuracy = "one rounding for each term, in the type of x",
      .source = "transpose of as_strided"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    if (!is_floating(x[0].dtype())) detail::throw_not_floating(x[0], info.name);
    static_cast<void>(
        detail::checked_steps(x[0].shape(), steps_of(x[0]), offset, target.numel(), info.name));
    return {target, x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::add_strided(x[0], strides, offset, y); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    call.add(0, as_strided(call.gradient(), x.shape(), steps_of(x), offset));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](const Shape& shape, std::vector<std::int64_t> steps, std::int64_t from) {
      return [=](std::span<const Tensor> x) { return fold_strided(x[0], shape, steps, from); };
    };
    return {{"windows that overlap", {sample_tensor({3, 3})}, apply({5}, {1, 1}, 0)},
            {"into a matrix, with gaps", {sample_tensor({2, 2})}, apply({3, 4}, {1, 4}, 5)},
            {"of a transposed view", {sample_tensor({3, 2}).transpose()}, apply({2, 4}, {2, 1}, 1)},
            {"added up along an axis", {sample_tensor({2, 3})}, apply({2}, {1, 0}, 0)},
            {"a number", {sample_tensor({})}, apply({2, 2}, {}, 3)},
            {"nothing into zeros", {sample_tensor({0, 2})}, apply({3}, {1, 1}, 0)}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"beyond the end",
             [] {
               const std::vector<std::int64_t> steps{1, 1};
               static_cast<void>(fold_strided(zeros({2, 2}), {2}, steps));
             },
             "[fold_strided] beyond the end: got (2, 2) in steps of (1, 1) from 0, need places "
             "below 2"},
            {"integers",
             [] {
               const std::vector<std::int64_t> steps{1};
               static_cast<void>(fold_strided(arange(3), {3}, steps));
             },
             "[fold_strided] got int64, need float32 or float64"}};
  }

 private:
  [[nodiscard]] std::span<const std::int64_t> steps_of(const Tensor& x) const {
    return {strides.data(), static_cast<std::size_t>(x.rank())};
  }
};
}  // namespace op

/// The transpose of as_strided: zeros of `shape`, to which each element of x is added at its place.
/// Errors    ShapeError unless there is a stride of 0 or more for each axis of x and all places lie in
///           the result; DTypeError unless x is floating
[[nodiscard]] inline Tensor fold_strided(const Tensor& x, const Shape& shape,
                                         std::span<const std::int64_t> strides,
                                         std::int64_t offset) {
  shape.check("fold_strided");
  op::FoldStrided op{};
  op.target = shape;
  op.strides = detail::checked_steps(detail::defined(x, "fold_strided").shape(), strides, offset,
                                     shape.numel(), "fold_strided");
  op.offset = offset;
  return record_structured(op, x);
}
}  // namespace nabla

// The two derive each other, so each brings the other along.
#include <nabla/ops/view/as_strided.hpp>
