// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <span>

#include <nabla/ops/family/shapes.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/index/fold_strided.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor as_strided(const Tensor& x, const Shape& shape,
                                std::span<const std::int64_t> strides, std::int64_t offset = 0);
[[nodiscard]] Tensor as_strided(const Tensor& x, const Shape& shape,
                                std::initializer_list<std::int64_t> strides,
                                std::int64_t offset = 0);

namespace op {
struct AsStrided : Structured {
  Shape target;
  Strides strides;
  std::int64_t offset;

  static constexpr OpInfo info{
      .name = "as_strided",
      .formula =
          "y[i, j, ..] = the element of x at offset + i s_0 + j s_1 + .., in row-major order",
      .gradient = "dL/dx = g added up where places share an element, 0 where there is none",
      .accuracy = "exact",
      .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  static constexpr bool needs_contiguous = true;
  View view(Inputs x) const {
    const std::span<const std::int64_t> steps(strides.data(),
                                              static_cast<std::size_t>(target.rank()));
    return {target, detail::checked_steps(target, steps, offset, x[0].numel(), info.name),
            target.numel() == 0 ? 0 : offset};
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const std::span<const std::int64_t> steps(strides.data(),
                                              static_cast<std::size_t>(target.rank()));
    call.add(0, fold_strided(call.gradient(), call.input(0).shape(), steps, offset));
  }
  static std::vector<Sample> samples() {
    return {{"windows that overlap",
             {sample_tensor({5})},
             [](std::span<const Tensor> x) {
               return as_strided(x[0], {3, 3}, {1, 1});
             }},
            {"a part of a matrix, turned",
             {sample_tensor({3, 4})},
             [](std::span<const Tensor> x) {
               return as_strided(x[0], {2, 2}, {1, 4}, 5);
             }},
            {"a transposed view, in row-major order",
             {sample_tensor({3, 2}).transpose()},
             [](std::span<const Tensor> x) {
               return as_strided(x[0], {2, 2}, {3, 2});
             }},
            {"elements repeated along an axis, and steps that meet",
             {sample_tensor({2, 4})},
             [](std::span<const Tensor> x) {
               return as_strided(x[0], {2, 2, 3}, {3, 0, 2});
             }},
            {"of a strided view",
             {sample_tensor({6})},
             [](std::span<const Tensor> x) {
               return as_strided(as_strided(x[0], {2, 3}, {1, 2}), {2, 2}, {2, 3});
             }},
            {"a number of many",
             {sample_tensor({2, 3})},
             [](std::span<const Tensor> x) { return as_strided(x[0], {}, {}, 4); }},
            {"of a number",
             {sample_tensor({})},
             [](std::span<const Tensor> x) {
               return as_strided(x[0], {2, 1}, {0, 7});
             }},
            {"without elements", {sample_tensor({0, 3})}, [](std::span<const Tensor> x) {
               return as_strided(x[0], {2, 0}, {9, 1}, 5);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    const auto refused = [](std::initializer_list<std::int64_t> steps, std::int64_t first) {
      return [all = std::vector<std::int64_t>(steps), first] {
        static_cast<void>(as_strided(zeros({2, 3}), {2, 2}, all, first));
      };
    };
    return {
        {"beyond the end", refused({4, 1}, 1),
         "[as_strided] beyond the end: got (2, 2) in steps of (4, 1) from 1, need places below 6"},
        {"a step that is too large to multiply", refused({std::int64_t{1} << 62, 1}, 0),
         "[as_strided] beyond the end: got (2, 2) in steps of (4611686018427387904, 1) from 0"},
        {"too few strides", refused({1}, 0),
         "[as_strided] got steps of (1,) for (2, 2), need one for each axis"},
        {"backwards", refused({-1, 1}, 3),
         "[as_strided] negative step: got (-1, 1), need 0 or more; flip() turns axes round"},
        {"before the beginning", refused({1, 1}, -1), "[as_strided] got offset -1, need 0 or more"},
        {"a negative size", [] { static_cast<void>(as_strided(zeros({3}), {-1}, {1})); },
         "[as_strided] negative size: got (-1,)"}};
  }
};
}  // namespace op

/// A view of any shape: the element [i, j, ..] is that at offset + i strides[0] + j strides[1] + .. of
/// x. Strides and offset count elements of x in row-major order, however it lies in memory; where that
/// is another order, the result is a view of a copy. Elements may be shown several times: their
/// gradients add up. (PyTorch counts in the memory of x, which is the same where x is contiguous.)
/// Shapes    any -> shape
/// Errors    ShapeError unless there is a stride of 0 or more for each axis and all places lie in x
[[nodiscard]] inline Tensor as_strided(const Tensor& x, const Shape& shape,
                                       std::span<const std::int64_t> strides, std::int64_t offset) {
  shape.check("as_strided");
  op::AsStrided op{};
  op.target = shape;
  op.strides = detail::checked_steps(shape, strides, offset,
                                     detail::defined(x, "as_strided").numel(), "as_strided");
  op.offset = offset;
  return record_structured(op, contiguous(x));
}
[[nodiscard]] inline Tensor as_strided(const Tensor& x, const Shape& shape,
                                       std::initializer_list<std::int64_t> strides,
                                       std::int64_t offset) {
  return as_strided(x, shape, std::span<const std::int64_t>(strides.begin(), strides.size()),
                    offset);
}
}  // namespace nabla
