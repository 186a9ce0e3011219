// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

// Scalars and tensors in one graph. Values are stacked into a Tensor, elements of a Tensor become
// Values, and one backward pass goes through both, whichever the result is.
//
//   Value a = variable(2.0), b = variable(3.0);
//   Tensor t = stack({a * b, a + b});          // float64
//   Value y = element(t.square(), {0}) * a;
//   backward(y);                               // a.grad(), b.grad()
//
// Pictures show both halves, and the functions of functional.hpp may go through tensors. What does
// not cross the bridge is create_graph, which says so with a GraphError: scalars get second
// derivatives from nested numbers, tensors from a recorded sweep.

namespace nabla {

/// The Values as a float64 tensor, in row-major order. It depends on those that have history.
/// Errors    ShapeError if their number is not the shape's
[[nodiscard]] Tensor stack(std::span<const Value> values, const Shape& shape);
[[nodiscard]] inline Tensor stack(std::span<const Value> values) {
  return stack(values, Shape{static_cast<std::int64_t>(values.size())});
}
[[nodiscard]] inline Tensor stack(std::initializer_list<Value> values, const Shape& shape) {
  return stack(std::span<const Value>(values.begin(), values.size()), shape);
}
[[nodiscard]] inline Tensor stack(std::initializer_list<Value> values) {
  return stack(std::span<const Value>(values.begin(), values.size()));
}

/// The element at these indices, as a Value that depends on the tensor.
/// Errors    as Tensor::at
/// Cost      a sweep makes a tensor of its size for each element; elements() makes one for all
[[nodiscard]] Value element(const Tensor& tensor, std::initializer_list<std::int64_t> indices);
/// All elements in row-major order.
[[nodiscard]] std::vector<Value> elements(const Tensor& tensor);

}  // namespace nabla
