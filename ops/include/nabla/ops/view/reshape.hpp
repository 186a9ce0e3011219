// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>

#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
namespace detail {
/// The strides that show the elements of x in row-major order with other sizes; none if no strides do.
/// Requires  as many elements
[[nodiscard]] std::optional<Strides> reshaped_strides(const Tensor& x, const Shape& target);
}  // namespace detail

namespace op {
struct Reshape : Structured {
  Shape target;

  static constexpr OpInfo info{.name = "reshape",
                               .formula = "y = x with other sizes",
                               .gradient = "dL/dx = g with the sizes of x",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  static constexpr bool needs_contiguous = true;  // there may be no strides for others
  View view(Inputs x) const {
    if (x[0].numel() != target.numel()) {
      throw ShapeError("[reshape] wrong number of elements: got " + to_string(x[0].shape()) +
                       ", need as many as in " + to_string(target));
    }
    return {target, *detail::reshaped_strides(x[0], target)};
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, call.gradient().reshape(call.input(0).shape()));
  }
  /// The rank, then the sizes: a node need not keep those of axes that there are not.
  std::size_t pack(std::array<std::int64_t, 1 + kMaxRank>& words) const {
    words[0] = target.rank();
    std::copy(target.begin(), target.end(), words.begin() + 1);
    return static_cast<std::size_t>(1 + target.rank());
  }
  static Reshape unpack(const std::int64_t* words) {
    Reshape op;
    op.target = Shape(std::span(words + 1, static_cast<std::size_t>(words[0])));
    return op;
  }
  static std::vector<Sample> samples() {
    return {{"matrix to vector",
             {sample_tensor({2, 3})},
             [](std::span<const Tensor> x) { return x[0].reshape({6}); }},
            {"one size left open",
             {sample_tensor({2, 3, 4})},
             [](std::span<const Tensor> x) {
               return x[0].reshape({4, -1});
             }},
            {"a view of a transposed view",
             {sample_tensor({4, 3}).transpose()},
             [](std::span<const Tensor> x) {
               return x[0].reshape({3, 1, 2, 2});
             }},
            {"transposed view",
             {sample_tensor({2, 3}).transpose()},
             [](std::span<const Tensor> x) {
               return x[0].reshape({2, 3});
             }},
            {"without elements",
             {sample_tensor({2, 0}).transpose()},
             [](std::span<const Tensor> x) {
               return x[0].reshape({3, 0, 1});
             }},
            {"a number", {sample_tensor({})}, [](std::span<const Tensor> x) {
               return x[0].reshape({1, 1});
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"another number of elements",
             [] {
               static_cast<void>(zeros({2, 3}).reshape({4}));
             },
             "[reshape] wrong number of elements: got (2, 3), need as many as in (4,)"},
            {"two sizes left open",
             [] {
               static_cast<void>(zeros({2, 3}).reshape({-1, -1}));
             },
             "[reshape] only one size can be -1: got (-1, -1), need at most one"},
            {"a negative size",
             [] {
               static_cast<void>(zeros({2, 3}).reshape({-2, -3}));
             },
             "[reshape] negative size: got (-2, -3), need 0 or more"}};
  }
};
}  // namespace op

/// The same elements in row-major order with other sizes: a view if there are strides for that, as
/// always if x is contiguous, else a copy.
/// One size may be -1: it is what remains.
/// Errors    ShapeError if the number of elements differs
[[nodiscard]] inline Tensor reshape(const Tensor& x, const Shape& shape) {
  shape.check("reshape");
  op::Reshape op;
  op.target = shape;
  const bool has_view = detail::defined(x, "reshape").is_contiguous() ||
                        x.numel() != shape.numel() ||
                        detail::reshaped_strides(x, shape).has_value();
  return record_structured(op, has_view ? x : clone(x));
}
[[nodiscard]] inline Tensor reshape(const Tensor& x, std::initializer_list<std::int64_t> sizes) {
  if (sizes.size() > static_cast<std::size_t>(kMaxRank)) return reshape(x, Shape(sizes));
  std::array<std::int64_t, kMaxRank> known{};
  std::copy(sizes.begin(), sizes.end(), known.begin());
  std::int64_t* open = nullptr;
  for (std::int64_t& size : std::span(known.data(), sizes.size())) {
    if (size == -1 && open != nullptr) {
      throw ShapeError("[reshape] only one size can be -1: got " + to_string(Shape(sizes)) +
                       ", need at most one");
    }
    if (size == -1) open = &size;
  }
  if (open != nullptr) {
    *open = 1;
    const Shape others(std::span<const std::int64_t>(known.data(), sizes.size()));
    others.check("reshape");
    const std::int64_t product = others.numel();
    *open = product == 0 ? 0 : detail::defined(x, "reshape").numel() / product;
  }
  return reshape(x, Shape(std::span<const std::int64_t>(known.data(), sizes.size())));
}
inline Tensor Tensor::reshape(const Shape& shape) const { return nabla::reshape(*this, shape); }
inline Tensor Tensor::reshape(std::initializer_list<std::int64_t> sizes) const {
  return nabla::reshape(*this, sizes);
}

/// The axes from `start` to `end`, both included, as one.
/// Shapes    (2, 3, 4, 5) from 1 to 2 -> (2, 12, 5); () -> (1)
/// Errors    ShapeError if there is no such axis, or start is behind end
[[nodiscard]] inline Tensor flatten(const Tensor& x, int start = 0, int end = -1) {
  if (detail::defined(x, "flatten").rank() == 0) return reshape(x, Shape{1});
  const int first = normal_axis(start, x.rank(), "flatten");
  const int last = normal_axis(end, x.rank(), "flatten");
  if (first > last) {
    throw ShapeError("[flatten] got axes " + std::to_string(start) + " to " + std::to_string(end) +
                     " of " + to_string(x.shape()) + ", need the first not behind the last");
  }
  Shape shape = x.shape();
  for (int axis = last; axis > first; --axis)
    shape = shape.with(axis - 1, shape[axis - 1] * shape[axis]).without(axis);
  return reshape(x, shape);
}

/// Without the axes of size 1: all such, or those given.
/// Errors    ShapeError if a given axis has another size
[[nodiscard]] inline Tensor squeeze(const Tensor& x, const Axes& axes = {}) {
  const std::uint32_t mask = axes.mask(detail::defined(x, "squeeze").rank(), "squeeze");
  Shape shape = x.shape();
  for (int axis = x.rank() - 1; axis >= 0; --axis) {
    if (((mask >> axis) & 1u) == 0) continue;
    if (shape[axis] == 1) {
      shape = shape.without(axis);
    } else if (!axes.all()) {
      throw ShapeError("[squeeze] got axis " + std::to_string(axis) + " of " +
                       to_string(x.shape()) + ", need size 1 there");
    }
  }
  return reshape(x, shape);
}

/// With a new axis of size 1 in front of axis `axis`; -1 puts it last.
/// Errors    ShapeError if there is no such place
[[nodiscard]] inline Tensor unsqueeze(const Tensor& x, int axis) {
  const int rank = detail::defined(x, "unsqueeze").rank() + 1;
  check_rank(rank, "unsqueeze");
  return reshape(x, x.shape().inserted(normal_axis(axis, rank, "unsqueeze"), 1));
}
}  // namespace nabla
