// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nabla/ops/family/elementwise_run.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/reshape.hpp>

namespace nabla {
[[nodiscard]] Tensor broadcast_to(const Tensor& x, const Shape& shape);

namespace op {
struct BroadcastTo : Structured {
  Shape target;
  const char* name;  ///< of the function that was called, for errors

  static constexpr OpInfo info{.name = "broadcast_to",
                               .formula = "y = x repeated along new axes and axes of size 1",
                               .gradient = "dL/dx = g summed over these axes",
                               .accuracy = "exact",
                               .source = "NumPy broadcasting"};
  static constexpr std::uint32_t saves = 0;
  View view(Inputs x) const {
    const detail::Node& node = *x[0].node();
    if (node.rank > target.rank() || broadcast_shape(x[0].shape(), target, name) != target) {
      throw ShapeError("[" + std::string(name) + "] does not stretch: got " +
                       to_string(x[0].shape()) + ", need sizes 1 where it differs from " +
                       to_string(target));
    }
    return {target, detail::broadcast_strides(node, target.rank(), target.begin())};
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, sum_to(call.gradient(), call.input(0).shape()));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) { return broadcast_to(x[0], {2, 3}); };
    return {{"a row", {sample_tensor({3})}, apply},
            {"a column", {sample_tensor({2, 1})}, apply},
            {"a number", {sample_tensor({})}, apply},
            {"without elements", {sample_tensor({0, 1})}, [](std::span<const Tensor> x) {
               return broadcast_to(x[0], {2, 0, 3});
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"sizes that do not stretch", [] { static_cast<void>(broadcast_to(zeros({2}), {3})); },
             "[broadcast_to] shapes do not broadcast: a is (2,), b is (3,)"},
            {"fewer axes",
             [] {
               static_cast<void>(broadcast_to(zeros({1, 3}), {3}));
             },
             "[broadcast_to] does not stretch: got (1, 3)"}};
  }
};
}  // namespace op

namespace detail {
/// broadcast_to, by the name of a function that errors name.
[[nodiscard]] inline Tensor broadcast_by_name(const Tensor& x, const Shape& shape,
                                              const char* name) {
  shape.check(name);
  if (defined(x, name).shape() == shape) return x;
  op::BroadcastTo op;
  op.target = shape;
  op.name = name;
  return record_structured(op, x);
}
}  // namespace detail

/// A view of the given shape that repeats x along axes it lacks or has with size 1.
/// Errors    ShapeError if x does not stretch to `shape`
[[nodiscard]] inline Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  return detail::broadcast_by_name(x, shape, "broadcast_to");
}

/// broadcast_to, where a size of -1 keeps that of x.
/// Errors    ShapeError if x does not stretch to it, or a new axis has size -1
[[nodiscard]] inline Tensor expand(const Tensor& x, const Shape& sizes) {
  const int extra = sizes.rank() - detail::defined(x, "expand").rank();
  Shape shape = sizes;
  for (int axis = 0; axis < sizes.rank(); ++axis) {
    if (sizes[axis] != -1) continue;
    if (axis < extra) {
      throw ShapeError("[expand] size -1 for a new axis: got " + to_string(sizes) + " for " +
                       to_string(x.shape()) + ", need a size at axis " + std::to_string(axis));
    }
    if (extra >= 0) shape = shape.with(axis, x.size(axis - extra));
  }
  return detail::broadcast_by_name(x, shape, "expand");
}

/// Views of the shape that all broadcast to.
/// Errors    ShapeError if they do not broadcast
[[nodiscard]] inline std::vector<Tensor> broadcast_tensors(std::span<const Tensor> tensors) {
  Shape shape;
  for (const Tensor& x : tensors) {
    shape = broadcast_shape(shape, detail::defined(x, "broadcast_tensors").shape(),
                            "broadcast_tensors");
  }
  std::vector<Tensor> views;
  for (const Tensor& x : tensors) views.push_back(broadcast_to(x, shape));
  return views;
}
[[nodiscard]] inline std::vector<Tensor> broadcast_tensors(std::initializer_list<Tensor> tensors) {
  return broadcast_tensors(std::span<const Tensor>(tensors.begin(), tensors.size()));
}

/// Which axes of a grid the first two vectors of meshgrid() run along.
enum class GridIndexing {
  ij,  ///< the first one along axis 0, the second along axis 1, as indices of a matrix
  xy   ///< the first one along axis 1, the second along axis 0, as x and y in a picture
};

/// The coordinates of a grid: view i has the numbers of vector i along axis i, and is constant along
/// the others.
/// Shapes    (n), (m), ... -> each (n, m, ...), by `xy` (m, n, ...)
/// Errors    ShapeError unless they are vectors or numbers, at most kMaxRank
[[nodiscard]] inline std::vector<Tensor> meshgrid(std::span<const Tensor> vectors,
                                                  GridIndexing indexing = GridIndexing::ij) {
  if (indexing == GridIndexing::xy && vectors.size() > 1) {
    std::vector<Tensor> exchanged(vectors.begin(), vectors.end());
    std::swap(exchanged[0], exchanged[1]);
    std::vector<Tensor> views = meshgrid(exchanged);
    std::swap(views[0], views[1]);
    return views;
  }
  std::vector<std::int64_t> sizes;
  for (const Tensor& x : vectors) {
    if (detail::defined(x, "meshgrid").rank() > 1)
      throw ShapeError("[meshgrid] got " + to_string(x.shape()) + ", need vectors or numbers");
    sizes.push_back(x.numel());
  }
  check_rank(std::ssize(sizes), "meshgrid");
  const Shape grid{std::span<const std::int64_t>(sizes)};
  std::vector<Tensor> views;
  for (int axis = 0; axis < grid.rank(); ++axis) {
    Shape along;
    for (int a = 0; a < grid.rank() - axis; ++a) along = along.inserted(a, a == 0 ? grid[axis] : 1);
    views.push_back(broadcast_to(reshape(vectors[static_cast<std::size_t>(axis)], along), grid));
  }
  return views;
}
[[nodiscard]] inline std::vector<Tensor> meshgrid(std::initializer_list<Tensor> vectors,
                                                  GridIndexing indexing = GridIndexing::ij) {
  return meshgrid(std::span<const Tensor>(vectors.begin(), vectors.size()), indexing);
}
}  // namespace nabla
