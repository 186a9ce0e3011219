// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/indexing.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor gather(const Tensor& x, int axis, const Tensor& index);
[[nodiscard]] Tensor scatter_add(const Tensor& x, int axis, const Tensor& index, std::int64_t size);
[[nodiscard]] Tensor scatter_add(const Tensor& x, int axis, const Tensor& index,
                                 const Tensor& source);

namespace op {
// Operands: what is added, the index, and what it is added to, if that is not zeros.
struct ScatterAdd : Structured {
  int axis;
  Shape whole;  ///< that of the result; off the axis the index may be shorter

  static constexpr OpInfo info{
      .name = "scatter_add",
      .formula = "y = x or 0, then y[.., index[.., i, ..], ..] += s[.., i, ..]",
      .gradient = "dL/ds = g picked at the indices, dL/dx = g",
      .kinks = "an index that comes twice adds up",
      .accuracy = "one rounding for each term, in the type of x",
      .source = "transpose of gather"};
  static constexpr std::uint32_t saves = 2;  // the index
  Result shape(Inputs x) const {
    if (x[0].shape() != x[1].shape()) {
      throw ShapeError("[scatter_add] x is " + to_string(x[0].shape()) + ", index is " +
                       to_string(x[1].shape()) + ", need equal shapes");
    }
    if (!is_floating(x[0].dtype())) detail::throw_not_floating(x[0], "scatter_add");
    detail::check_index_fits(x[0], x[1], axis, info.name);
    return {whole, x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    if (x.count() > 2) {
      detail::copy_elements(*x[2].node(), *y.node());
    } else {
      std::fill_n(y.node()->data, static_cast<std::size_t>(y.numel()) * size_bytes(y.dtype()),
                  std::byte{0});
    }
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* to = elements<T>(y);
      const T* from = elements<T>(x[0]);
      detail::for_each_checked_index(
          x[1], axis, whole[axis], info.name, y.strides(), x[0].strides(),
          [=](std::int64_t picked, std::int64_t own) { to[picked] += from[own]; });
    });
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, gather(call.gradient(), axis, call.input(1)));
    if (call.input_count() > 2 && call.wants(2)) call.add(2, call.gradient());
  }
  static std::vector<Sample> samples() {
    return {
        {"an index twice",
         {sample_tensor({3, 2})},
         [](std::span<const Tensor> x) {
           return scatter_add(x[0], 0, tensor({{2, 0}, {2, 1}, {0, 1}}, int64), 4);
         }},
        {"onto another tensor, by a shorter index",
         {sample_tensor({3, 2}), sample_tensor({2, 2}, -2, 2, 3).transpose()},
         [](std::span<const Tensor> x) {
           return scatter_add(x[0], 1, tensor({{1, 1}, {1, 0}}, int64), x[1]);
         }},
        {"a number onto a number",
         {sample_tensor({}), sample_tensor({}, 1, 2)},
         [](std::span<const Tensor> x) { return scatter_add(x[0], 0, zeros({}, int64), x[1]); }},
        {"the last axis of a batch",
         {sample_tensor({2, 2, 3})},
         [](std::span<const Tensor> x) {
           return scatter_add(x[0], -1, broadcast_to(tensor({2, 0, 2}, int64), {2, 2, 3}), 4);
         }},
        {"a vector, in another order and with gaps",
         {sample_tensor({3})},
         [](std::span<const Tensor> x) {
           return scatter_add(x[0], 0, tensor({4, 0, 2}, int64), 5);
         }},
        {"the middle axis, stretched, onto another tensor",
         {sample_tensor({2, 2, 2}), sample_tensor({3, 1}, -2, 2, 3)},
         [](std::span<const Tensor> x) {
           const Tensor index = broadcast_to(tensor({{1}, {0}, {1}}, int64), {2, 3, 2});
           return scatter_add(x[0], 1, index, broadcast_to(x[1], {2, 3, 2}));
         }},
        {"onto itself",
         {sample_tensor({2, 3})},
         [](std::span<const Tensor> x) {
           return scatter_add(x[0], 1, tensor({{2, 0, 2}, {1, 1, 1}}, int64), x[0]);
         }},
        {"nothing onto another tensor",
         {sample_tensor({2, 2}), sample_tensor({2, 0})},
         [](std::span<const Tensor> x) {
           return scatter_add(x[0], 1, zeros({2, 0}, int64), x[1]);
         }},
        {"nothing", {sample_tensor({0, 2})}, [](std::span<const Tensor> x) {
           return scatter_add(x[0], 0, zeros({0, 2}, int64), 3);
         }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"an index out of range",
             [] {
               static_cast<void>(scatter_add(zeros({2}), 0, tensor({0, -1}, int64), 2));
             },
             "[scatter_add] index out of range: got -1, need 0 <= index < 2"}};
  }
};
}  // namespace op

/// Zeros of `size` along `axis`, with the elements of x added at the places that `index` names.
/// Shapes    x and index equal -> their shape with `size` at `axis`
/// Errors    as gather
[[nodiscard]] inline Tensor scatter_add(const Tensor& x, int axis, const Tensor& index,
                                        std::int64_t size) {
  op::ScatterAdd op{};
  op.axis = normal_axis(axis, detail::defined(x, "scatter_add").rank(), "scatter_add");
  op.whole = x.shape().with(op.axis, size);
  return record_structured(op, x, index);
}
/// x with the elements of `source` added at the places that `index` names; these may be fewer than in x.
/// Shapes    x; index and source alike -> as x
/// Errors    as gather
[[nodiscard]] inline Tensor scatter_add(const Tensor& x, int axis, const Tensor& index,
                                        const Tensor& source) {
  return detail::along_axis(x, axis, "scatter_add", [&](const Tensor& lines, int normal) {
    op::ScatterAdd op{};
    op.axis = normal;
    op.whole = lines.shape();
    const Tensor places = detail::line_beside(x, detail::defined(index, "scatter_add"));
    const Tensor terms = detail::line_beside(x, detail::defined(source, "scatter_add"));
    detail::check_index_fits(lines, places, normal, "scatter_add");
    detail::check_same_floating(lines, terms, "scatter_add");
    return record_structured(op, terms, places, lines);
  });
}
}  // namespace nabla

// The two derive each other, so each brings the other along.
#include <nabla/ops/index/gather.hpp>
