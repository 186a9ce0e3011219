// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/family/indexing.hpp>
#include <nabla/ops/index/embed_slice.hpp>

namespace nabla {
[[nodiscard]] Tensor gather(const Tensor& x, int axis, const Tensor& index);
[[nodiscard]] Tensor scatter_add(const Tensor& x, int axis, const Tensor& index, std::int64_t size);

namespace op {
struct ScatterAdd : Structured {
  int axis;
  std::int64_t size;

  static constexpr OpInfo info{.name = "scatter_add",
                               .formula = "y = 0, then y[.., index[.., i, ..], ..] += x[.., i, ..]",
                               .gradient = "dL/dx = g picked at the indices",
                               .kinks = "an index that comes twice adds up",
                               .source = "transpose of gather"};
  static constexpr std::uint32_t saves = 2;  // the index
  Result shape(Inputs x) const {
    if (x[0].shape() != x[1].shape()) {
      throw ShapeError("[scatter_add] x is " + to_string(x[0].shape()) + ", index is " +
                       to_string(x[1].shape()) + ", need equal shapes");
    }
    if (!is_floating(x[0].dtype())) detail::throw_not_floating(x[0], "scatter_add");
    detail::check_index_fits(x[0], x[1], axis, info.name);
    return {x[0].shape().with(axis, size), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    std::fill_n(y.node()->data, static_cast<std::size_t>(y.numel()) * size_bytes(y.dtype()),
                std::byte{0});
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* to = elements<T>(y);
      const T* from = elements<T>(x[0]);
      detail::for_each_checked_index(
          x[1], axis, size, info.name, y.strides(), x[0].strides(),
          [=](std::int64_t picked, std::int64_t own) { to[picked] += from[own]; });
    });
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, gather(call.gradient(), axis, call.input(1)));
  }
  static std::vector<Sample> samples() {
    return {{"an index twice", {sample_tensor({3, 2})}, [](std::span<const Tensor> x) {
               return scatter_add(x[0], 0, tensor({{2, 0}, {2, 1}, {0, 1}}, int64), 4);
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
  op::ScatterAdd op;
  op.axis = normal_axis(axis, detail::defined(x, "scatter_add").rank(), "scatter_add");
  op.size = size;
  return record_structured(op, x, index);
}
/// x with the elements of `source` added at the places that `index` names; these may be fewer than in x.
/// Shapes    x; index and source alike -> as x
/// Errors    as gather
[[nodiscard]] inline Tensor scatter_add(const Tensor& x, int axis, const Tensor& index,
                                        const Tensor& source) {
  const int normal = normal_axis(axis, detail::defined(x, "scatter_add").rank(), "scatter_add");
  detail::check_index_fits(x, detail::defined(index, "scatter_add"), normal, "scatter_add");
  detail::check_same_floating(x, detail::defined(source, "scatter_add"), "scatter_add");
  Tensor part = scatter_add(source, normal, index, x.size(normal));
  for (int a = 0; a < x.rank(); ++a)
    if (part.size(a) != x.size(a)) part = embed_slice(part, a, 0, 1, x.size(a));
  return x + part;
}
}  // namespace nabla

// The two derive each other, so each brings the other along.
#include <nabla/ops/index/gather.hpp>
