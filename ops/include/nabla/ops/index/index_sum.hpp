// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <nabla/kernels/elementwise.hpp>
#include <nabla/ops/index/index_select.hpp>

namespace nabla {
[[nodiscard]] Tensor index_sum(const Tensor& x, int axis, const Tensor& index, std::int64_t size);
[[nodiscard]] Tensor index_add(const Tensor& x, int axis, const Tensor& index,
                               const Tensor& source);

namespace op {
// Operands: what is added, the index, and what it is added to, if that is not zeros.
struct IndexSum : Structured {
  int axis;
  std::int64_t size;
  const char* name;  ///< of the function that was called, for errors

  static constexpr OpInfo info{
      .name = "index_sum",
      .formula = "y = x or 0, then y[index_i] += s_i, whole slices of an axis",
      .gradient = "dL/ds_i = g[index_i], dL/dx = g",
      .kinks = "an index that comes twice adds up",
      .accuracy = "one rounding for each term, in the type of x",
      .source = "transpose of index_select"};
  static constexpr std::uint32_t saves = 2;  // the index
  Result shape(Inputs x) const {
    if (!is_floating(x[0].dtype())) detail::throw_not_floating(x[0], name);
    detail::check_vector_index(x[1], size, name);
    if (x[1].numel() != x[0].size(axis)) {
      throw ShapeError("[" + std::string(name) + "] " + (x.count() > 2 ? "source" : "x") + " is " +
                       to_string(x[0].shape()) + ", index is " + to_string(x[1].shape()) +
                       ", need an index for each slice of axis " + std::to_string(axis));
    }
    return {x[0].shape().with(axis, size), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    const NoGrad no_grad;
    const Tensor dense = contiguous(x[0]), places = contiguous(x[1]);
    const kernels::Lines lines = detail::lines_along(x[0].shape(), axis);
    const std::int64_t* index = elements<std::int64_t>(places);
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* to = elements<T>(y);
      const T* from = elements<T>(dense);
      x.count() > 2 ? detail::copy_elements(*x[2].node(), *y.node())
                    : static_cast<void>(std::fill_n(to, y.numel(), T{0}));
      for (std::int64_t block = 0; block < lines.outer; ++block, to += size * lines.inner) {
        for (std::int64_t i = 0; i < lines.n; ++i, from += lines.inner) {
          T* row = to + index[i] * lines.inner;
          kernels::for_lanes(lines.inner, [=](std::int64_t k) { row[k] += from[k]; });
        }
      }
    });
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, index_select(call.gradient(), axis, call.input(1)));
    if (call.input_count() > 2 && call.wants(2)) call.add(2, call.gradient());
  }
  static std::vector<Sample> samples() {
    const Tensor some = tensor({2, 0, 2}, int64);
    return {{"rows, one twice",
             {sample_tensor({3, 2})},
             [some](std::span<const Tensor> x) { return index_sum(x[0], 0, some, 4); }},
            {"the last axis of a transposed view",
             {sample_tensor({3, 2}).transpose()},
             [some](std::span<const Tensor> x) { return index_sum(x[0], -1, some, 3); }},
            {"onto another tensor",
             {sample_tensor({3, 2}), sample_tensor({3, 2})},
             [some](std::span<const Tensor> x) { return index_add(x[0], 0, some, x[1]); }},
            {"nothing", {sample_tensor({0, 2})}, [](std::span<const Tensor> x) {
               return index_sum(x[0], 0, zeros({0}, int64), 3);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"an index out of range",
             [] {
               static_cast<void>(index_sum(zeros({2}), 0, tensor({0, -1}, int64), 2));
             },
             "[index_sum] index out of range: got -1, need 0 <= index < 2"},
            {"too few indices",
             [] {
               static_cast<void>(index_sum(zeros({3, 2}), 0, tensor({0, 1}, int64), 2));
             },
             "[index_sum] x is (3, 2), index is (2,), need an index for each slice of axis 0"}};
  }
};
}  // namespace op

/// Zeros of `size` along an axis, with the slices of x added where a one-dimensional int64 tensor says.
/// Shapes    x (..., m, ...), index (m) -> (..., size, ...)
/// Errors    as index_select; ShapeError unless there is an index for each slice
[[nodiscard]] inline Tensor index_sum(const Tensor& x, int axis, const Tensor& index,
                                      std::int64_t size) {
  op::IndexSum op{};
  op.axis = normal_axis(axis, detail::defined(x, "index_sum").rank(), "index_sum");
  op.size = size;
  op.name = "index_sum";
  return record_structured(op, x, index);
}

namespace detail {
/// index_add, by the name of a function that errors name.
[[nodiscard]] inline Tensor add_by_name(const Tensor& x, int axis, const Tensor& index,
                                        const Tensor& source, const char* name) {
  const int normal = normal_axis(axis, defined(x, name).rank(), name);
  check_same_floating(x, defined(source, name), name);
  const bool fits =
      source.rank() == x.rank() && source.shape().with(normal, x.size(normal)) == x.shape();
  if (!fits) {
    throw ShapeError("[" + std::string(name) + "] the source does not fit: x is " +
                     to_string(x.shape()) + ", source is " + to_string(source.shape()) +
                     ", need the same sizes off axis " + std::to_string(normal));
  }
  op::IndexSum op{};
  op.axis = normal;
  op.size = x.size(normal);
  op.name = name;
  return record_structured(op, source, defined(index, name), x);
}
}  // namespace detail

/// x with the slices of `source` added to those that the index names.
/// Shapes    x (..., n, ...), index (m), source (..., m, ...) -> as x
/// Errors    as index_sum
[[nodiscard]] inline Tensor index_add(const Tensor& x, int axis, const Tensor& index,
                                      const Tensor& source) {
  return detail::add_by_name(x, axis, index, source, "index_add");
}
}  // namespace nabla
