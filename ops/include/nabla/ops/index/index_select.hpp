// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <span>

#include <nabla/kernels/parallel.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/family/indexing.hpp>
#include <nabla/ops/family/lines.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/view/reshape.hpp>

namespace nabla {
[[nodiscard]] Tensor index_select(const Tensor& x, int axis, const Tensor& index);
[[nodiscard]] Tensor index_sum(const Tensor& x, int axis, const Tensor& index, std::int64_t size);

namespace op {
struct IndexSelect : Structured {
  int axis;
  const char* name;  ///< of the function that was called, for errors

  static constexpr OpInfo info{.name = "index_select",
                               .formula = "y_i = x[index_i], whole slices of an axis",
                               .gradient = "dL/dx = g added up at the indices",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 2;  // the index
  Result shape(Inputs x) const {
    detail::check_vector_index(x[1], x[0].size(axis), name);
    return {x[0].shape().with(axis, x[1].numel()), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    if (y.numel() == 0) return;
    const NoGrad no_grad;
    const Tensor dense = contiguous(x[0]), places = contiguous(x[1]);
    const kernels::Lines lines = detail::lines_along(x[0].shape(), axis);
    const std::int64_t* index = elements<std::int64_t>(places);
    const std::int64_t count = places.numel();
    visit_dtype(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* from = elements<T>(dense);
      T* to = elements<T>(y);
      const auto pick = [=](std::int64_t first, std::int64_t last) {
        const T* block = from + first / count * lines.n * lines.inner;
        std::int64_t i = first % count;
        T* into = to + first * lines.inner;
        for (std::int64_t row = first; row < last; ++row, into += lines.inner) {
          if (lines.inner == 1) {
            *into = block[index[i]];
          } else {
            std::copy_n(block + index[i] * lines.inner, lines.inner, into);
          }
          if (++i < count) continue;
          i = 0;
          block += lines.n * lines.inner;
        }
      };
      if (y.numel() == 0) return;
      if (y.numel() < kernels::kLargeLoop) return pick(0, lines.outer * count);
      kernels::for_each_range(lines.outer * count,
                              std::max(kernels::kLoopBlock / lines.inner, std::int64_t{1}), pick);
    });
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0))
      call.add(0, index_sum(call.gradient(), axis, call.input(1), call.input(0).size(axis)));
  }
  static std::vector<Sample> samples() {
    const Tensor some = tensor({2, 0, 2}, int64);
    return {{"rows, one twice",
             {sample_tensor({3, 2})},
             [some](std::span<const Tensor> x) { return index_select(x[0], 0, some); }},
            {"a middle axis",
             {sample_tensor({2, 3, 2})},
             [some](std::span<const Tensor> x) { return index_select(x[0], 1, some); }},
            {"columns of a transposed view",
             {sample_tensor({3, 2}).transpose()},
             [some](std::span<const Tensor> x) { return index_select(x[0], -1, some); }},
            {"none",
             {sample_tensor({3, 2})},
             [](std::span<const Tensor> x) { return index_select(x[0], 0, zeros({0}, int64)); }},
            {"rows without elements", {sample_tensor({3, 0})}, [some](std::span<const Tensor> x) {
               return index_select(x[0], 0, some);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"an index out of range",
             [] {
               static_cast<void>(index_select(zeros({2, 3}), 0, tensor({0, 2}, int64)));
             },
             "[index_select] index out of range: got 2, need 0 <= index < 2"},
            {"a matrix of indices",
             [] {
               static_cast<void>(index_select(zeros({2, 3}), 0, zeros({2, 2}, int64)));
             },
             "[index_select] the index is (2, 2), need a vector"},
            {"a floating index", [] { static_cast<void>(index_select(zeros({2}), 0, zeros({2}))); },
             "[index_select] the index is float32, need int64"}};
  }
};
}  // namespace op

namespace detail {
/// index_select, by the name of a function that errors name.
[[nodiscard]] inline Tensor select_by_name(const Tensor& x, int axis, const Tensor& index,
                                           const char* name) {
  op::IndexSelect op{};
  op.axis = normal_axis(axis, defined(x, name).rank(), name);
  op.name = name;
  return record_structured(op, x, defined(index, name));
}
}  // namespace detail

/// The slices of an axis that a one-dimensional int64 tensor names, in its order.
/// Shapes    x (..., n, ...), index (m) -> (..., m, ...)
/// Errors    ShapeError if there is no such axis or the index is no vector; DTypeError unless it is
///           int64; DomainError on an index out of range
[[nodiscard]] inline Tensor index_select(const Tensor& x, int axis, const Tensor& index) {
  return detail::select_by_name(x, axis, index, "index_select");
}
/// The rows of x.
/// Shapes    x (n, ...), index (m) -> (m, ...)
/// Errors    as index_select
[[nodiscard]] inline Tensor gather_rows(const Tensor& x, const Tensor& index) {
  return detail::select_by_name(x, 0, index, "gather_rows");
}

/// The elements of x at places counted in row-major order.
/// Shapes    x, index -> the shape of index
/// Errors    as index_select
[[nodiscard]] inline Tensor take(const Tensor& x, const Tensor& index) {
  const Tensor places = reshape(detail::defined(index, "take"), {-1});
  const Tensor flat = reshape(detail::defined(x, "take"), {-1});
  return reshape(detail::select_by_name(flat, 0, places, "take"), index.shape());
}

/// The rows of a table that int64 numbers name: words as vectors. The row `padding_index`, if there is
/// one, stands for no word: it gets no gradient.
/// Shapes    weight (n, d), index (...) -> (..., d)
/// Errors    as index_select; ShapeError unless the table has two axes
[[nodiscard]] inline Tensor embedding(const Tensor& weight, const Tensor& index,
                                      std::optional<std::int64_t> padding_index = std::nullopt) {
  if (detail::defined(weight, "embedding").rank() != 2)
    throw ShapeError("[embedding] the table is " + to_string(weight.shape()) + ", need two axes");
  const Shape shape = detail::defined(index, "embedding").shape();
  check_rank(shape.rank() + 1, "embedding");
  const Tensor rows = reshape(detail::select_by_name(weight, 0, reshape(index, {-1}), "embedding"),
                              shape.inserted(shape.rank(), weight.size(1)));
  if (!padding_index) return rows;
  if (*padding_index < 0 || *padding_index >= weight.size(0)) {
    throw DomainError("[embedding] padding index out of range: got " +
                      std::to_string(*padding_index) + ", need 0 <= index < " +
                      std::to_string(weight.size(0)));
  }
  const Tensor is_padding = reshape(index == *padding_index, shape.inserted(shape.rank(), 1));
  return where(is_padding, rows.detach(), rows);
}

/// The slices x[i_0, i_1, ..., i_k] at the places that index tensors name together along the first axes;
/// they broadcast.
/// Shapes    x (n_0, ..., n_k, ...), indices -> the common shape of the indices, then the axes left
/// Errors    as index_select; ShapeError if there are more indices than axes, or none
[[nodiscard]] inline Tensor index(const Tensor& x, std::span<const Tensor> indices) {
  const detail::PlacesOf places(x, indices, "index");
  return reshape(index_select(places.rows_of(x), 0, places.flat), places.result_shape);
}
[[nodiscard]] inline Tensor index(const Tensor& x, std::initializer_list<Tensor> indices) {
  return index(x, std::span<const Tensor>(indices.begin(), indices.size()));
}
}  // namespace nabla

// The two derive each other, so each brings the other along.
#include <nabla/ops/index/index_sum.hpp>
