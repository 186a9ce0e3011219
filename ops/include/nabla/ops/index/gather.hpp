// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/indexing.hpp>
#include <nabla/ops/index/scatter_add.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor gather(const Tensor& x, int axis, const Tensor& index);

namespace op {
struct Gather : Structured {
  int axis;

  static constexpr OpInfo info{.name = "gather",
                               .formula = "y[.., i, ..] = x[.., index[.., i, ..], ..]",
                               .gradient = "dL/dx = g added up at the indices",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 2;  // the index
  Result shape(Inputs x) const {
    detail::check_index_fits(x[0], x[1], axis, info.name);
    return {x[1].shape(), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    visit_dtype(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* to = elements<T>(y);
      const T* from = elements<T>(x[0]);
      detail::for_each_checked_index(
          x[1], axis, x[0].size(axis), info.name, x[0].strides(), y.strides(),
          [=](std::int64_t picked, std::int64_t own) { to[own] = from[picked]; });
    });
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    ScatterAdd back{};
    back.axis = axis;
    back.whole = call.input(0).shape();
    call.add(0, record_structured(back, call.gradient(), call.input(1)));
  }
  static std::vector<Sample> samples() {
    return {{"along rows, an index twice",
             {sample_tensor({3, 2})},
             [](std::span<const Tensor> x) {
               return gather(x[0], 0, tensor({{2, 0}, {2, 1}}, int64));
             }},
            {"along columns",
             {sample_tensor({2, 3})},
             [](std::span<const Tensor> x) {
               return gather(x[0], 1, tensor({{1}, {2}}, int64));
             }},
            {"a vector, in another order",
             {sample_tensor({4})},
             [](std::span<const Tensor> x) {
               return gather(x[0], -1, tensor({3, 0, 3, 1, 3}, int64));
             }},
            {"the middle axis, by an index that is stretched and shorter",
             {sample_tensor({2, 3, 2})},
             [](std::span<const Tensor> x) {
               return gather(x[0], 1, broadcast_to(tensor({{2}, {2}, {0}, {1}}, int64), {1, 4, 2}));
             }},
            {"a number",
             {sample_tensor({})},
             [](std::span<const Tensor> x) { return gather(x[0], -1, zeros({}, int64)); }},
            {"from a row for all, stretched",
             {sample_tensor({3})},
             [](std::span<const Tensor> x) {
               return gather(broadcast_to(x[0], {2, 3}), 1, tensor({{2, 0}, {0, 0}}, int64));
             }},
            {"a transposed view by a transposed index",
             {sample_tensor({3, 2})},
             [](std::span<const Tensor> x) {
               const Tensor index = tensor({{1, 0}, {2, 2}}, int64).transpose();
               return gather(x[0].transpose(), 1, index);
             }},
            {"nothing",
             {sample_tensor({2, 3})},
             [](std::span<const Tensor> x) {
               return gather(x[0], 0, zeros({0, 3}, int64));
             }},
            {"nothing from nothing", {sample_tensor({2, 0})}, [](std::span<const Tensor> x) {
               return gather(x[0], 1, zeros({2, 0}, int64));
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"an index out of range",
             [] {
               static_cast<void>(gather(zeros({2}), 0, tensor({0, 2}, int64)));
             },
             "[gather] index out of range: got 2, need 0 <= index < 2"},
            {"a floating index", [] { static_cast<void>(gather(zeros({2}), 0, zeros({2}))); },
             "[gather] the index is float32, need int64"}};
  }
};
}  // namespace op

/// Picks elements along `axis` by an int64 tensor of the same rank; other axes go together, so the
/// index may be shorter there.
/// Shapes    x, index -> the shape of index
/// Errors    ShapeError on ranks or sizes that do not fit; DTypeError unless the index is int64;
///           DomainError on an index out of range
[[nodiscard]] inline Tensor gather(const Tensor& x, int axis, const Tensor& index) {
  return detail::along_axis(x, axis, "gather", [&](const Tensor& lines, int normal) {
    op::Gather op;
    op.axis = normal;
    return record_structured(op, lines, detail::line_beside(x, detail::defined(index, "gather")));
  });
}
}  // namespace nabla
