// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <span>
#include <string>

#include <nabla/kernels/copy.hpp>
#include <nabla/ops/family/lines.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/view/reshape.hpp>

namespace nabla {
[[nodiscard]] Tensor tile(const Tensor& x, std::initializer_list<std::int64_t> counts);

namespace op {
// Along one axis; several are one after another.
struct Tile : Structured {
  int axis;
  std::int64_t count;

  static constexpr OpInfo info{.name = "tile",
                               .formula = "y = x, x, ..., x one behind another along an axis",
                               .gradient = "dL/dx = the parts of g added up",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    Shape{count, x[0].size(axis)}.check(info.name);  // their product may be too large
    return {x[0].shape().with(axis, count * x[0].size(axis)), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    const NoGrad no_grad;
    const Tensor dense = contiguous(x[0]);
    const Shape parts = parts_of(x[0]);
    const std::int64_t from[] = {parts[2], 0, 1}, to[] = {count * parts[2], parts[2], 1};
    kernels::copy(3, parts.begin(), y.node()->data, to, dense.node()->data, from,
                  size_bytes(y.dtype()));
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    call.add(0, of_shape(sum(reshape(call.gradient(), parts_of(x)), 1), x.shape()));
  }
  static std::vector<Sample> samples() {
    return {{"rows",
             {sample_tensor({2, 3})},
             [](std::span<const Tensor> x) {
               return tile(x[0], {2, 1});
             }},
            {"a middle axis of a transposed view",
             {sample_tensor({2, 3, 2}).transpose(0, 2)},
             [](std::span<const Tensor> x) {
               return tile(x[0], {3, 1});
             }},
            {"more axes than there are",
             {sample_tensor({2})},
             [](std::span<const Tensor> x) {
               return tile(x[0], {2, 3});
             }},
            {"a number",
             {sample_tensor({})},
             [](std::span<const Tensor> x) { return tile(x[0], {2}); }},
            {"not once",
             {sample_tensor({2, 3})},
             [](std::span<const Tensor> x) {
               return tile(x[0], {0, 2});
             }},
            {"without elements", {sample_tensor({2, 0})}, [](std::span<const Tensor> x) {
               return tile(x[0], {3, 2});
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a negative count", [] { static_cast<void>(tile(zeros({3}), {-1})); },
             "[tile] got count -1, need 0 or more"}};
  }

 private:
  // What is outside of the axis, the repetitions, and one of them.
  [[nodiscard]] Shape parts_of(const Tensor& x) const {
    const kernels::Lines lines = detail::lines_along(x.shape(), axis);
    return {lines.outer, count, lines.n * lines.inner};
  }
};
}  // namespace op

/// x repeated as a whole along each axis. The counts belong to the last axes, one each; where there are
/// more counts than axes, x gets new ones in front, as in NumPy.
/// Shapes    (2, 3) by {4, 1, 2} -> (4, 2, 6)
/// Errors    DomainError if a count is negative
[[nodiscard]] inline Tensor tile(const Tensor& x, std::span<const std::int64_t> counts) {
  Shape shape = detail::defined(x, "tile").shape();
  check_rank(std::ssize(counts), "tile");
  while (shape.rank() < static_cast<int>(counts.size())) shape = shape.inserted(0, 1);
  Tensor y = of_shape(x, shape);
  for (int axis = y.rank() - 1, i = static_cast<int>(counts.size()) - 1; i >= 0; --axis, --i) {
    op::Tile op{};
    op.axis = axis;
    op.count = counts[static_cast<std::size_t>(i)];
    if (op.count < 0)
      throw DomainError("[tile] got count " + std::to_string(op.count) + ", need 0 or more");
    if (op.count != 1) y = record_structured(op, y);
  }
  return y;
}
[[nodiscard]] inline Tensor tile(const Tensor& x, std::initializer_list<std::int64_t> counts) {
  return tile(x, std::span<const std::int64_t>(counts.begin(), counts.size()));
}

/// Each element repeated on the spot along an axis, as numpy.repeat does.
/// Shapes    (n) -> (count n), likewise along the axis
/// Errors    ShapeError if there is no such axis, or on too many elements; DomainError if count is negative
[[nodiscard]] inline Tensor repeat_interleave(const Tensor& x, std::int64_t count, int axis) {
  const int normal =
      normal_axis(axis, detail::defined(x, "repeat_interleave").rank(), "repeat_interleave");
  if (count < 0)
    throw DomainError("[repeat_interleave] got count " + std::to_string(count) +
                      ", need 0 or more");
  const kernels::Lines lines = detail::lines_along(x.shape(), normal);
  Shape{count, lines.n}.check("repeat_interleave");  // their product may be too large
  const Shape whole = x.shape().with(normal, count * lines.n);
  whole.check("repeat_interleave");
  const Tensor rows = reshape(x, Shape{lines.outer * lines.n, lines.inner});
  const Tensor repeated = tile(rows, {count});
  return reshape(repeated, whole);
}
}  // namespace nabla
