// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <span>
#include <utility>

#include <nabla/engine/creation.hpp>
#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/indexing.hpp>
#include <nabla/ops/index/gather.hpp>
#include <nabla/ops/index/index_sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/to.hpp>

namespace nabla {
[[nodiscard]] Tensor scatter(const Tensor& x, int axis, const Tensor& index, const Tensor& source);

namespace op {
struct Scatter : Structured {
  int axis;

  static constexpr OpInfo info{
      .name = "scatter",
      .formula = "y = x, then y[.., index[.., i, ..], ..] = s[.., i, ..]",
      .gradient = "dL/ds = g at the indices, dL/dx = g, 0 where it was written over",
      .kinks =
          "an index that comes twice: the last one in row-major order wins, and has the gradient",
      .accuracy = "exact",
      .source = "definition"};
  static constexpr std::uint32_t saves = 2;  // the index
  Result shape(Inputs x) const {
    detail::check_index_fits(x[0], x[1], axis, info.name);
    if (x[2].dtype() != x[0].dtype()) {
      throw DTypeError("[scatter] the source is " + std::string(name_of(x[2].dtype())) + ", x is " +
                       name_of(x[0].dtype()) + ", need the same type; convert with to()");
    }
    if (x[2].shape() != x[1].shape()) {
      throw ShapeError("[scatter] the source is " + to_string(x[2].shape()) +
                       ", need the shape of the index, " + to_string(x[1].shape()));
    }
    return {x[0].shape(), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    detail::copy_elements(*x[0].node(), *y.node());
    visit_dtype(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* to = elements<T>(y);
      const T* from = elements<T>(x[2]);
      detail::for_each_checked_index(
          x[1], axis, y.size(axis), info.name, y.strides(), x[2].strides(),
          [=](std::int64_t picked, std::int64_t own) { to[picked] = from[own]; });
    });
  }
  void backward(BackwardCall& call) const {
    const Tensor& g = call.gradient();
    const Tensor index = call.input(1);
    if (!call.create_graph()) {
      const Shares shares = shared(g, index);
      if (call.wants(0)) call.add(0, shares.left);
      if (call.wants(2)) call.add(2, shares.taken);
      return;
    }
    if (call.wants(0)) call.add(0, scatter(g, axis, index, zeros(index.shape(), g.dtype())));
    if (call.wants(2)) {
      const Tensor wins = shared(ones(g.shape(), g.dtype()), index).taken;
      call.add(2, where(wins, gather(g, axis, index), 0.0));
    }
  }
  static std::vector<Sample> samples() {
    const auto apply = [](const Tensor& index, int along) {
      return
          [index, along](std::span<const Tensor> x) { return scatter(x[0], along, index, x[1]); };
    };
    return {{"rows, an index twice",
             {sample_tensor({3, 2}), sample_tensor({2, 2}, -2, 2, 3)},
             apply(tensor({{2, 0}, {2, 1}}, int64), 0)},
            {"columns, transposed views",
             {sample_tensor({3, 2}).transpose(), sample_tensor({1, 2}, -2, 2, 3).transpose()},
             apply(tensor({{2}, {0}}, int64), 1)},
            {"a number", {sample_tensor({}), sample_tensor({}, 1, 2)}, apply(zeros({}, int64), 0)},
            {"nothing",
             {sample_tensor({3, 2}), sample_tensor({0, 2})},
             apply(zeros({0, 2}, int64), 0)}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"an index out of range",
             [] { static_cast<void>(scatter(zeros({2}), 0, tensor({2}, int64), zeros({1}))); },
             "[scatter] index out of range: got 2, need 0 <= index < 2"},
            {"a source of another shape",
             [] { static_cast<void>(scatter(zeros({2}), 0, tensor({1}, int64), zeros({2}))); },
             "[scatter] the source is (2,), need the shape of the index, (1,)"}};
  }

 private:
  struct Shares {
    Tensor left, taken;  ///< of x and of the source
  };
  // From the last index to the first, each takes what is at its place, and leaves 0 there: to those
  // whose element was written over, and to x.
  [[nodiscard]] Shares shared(const Tensor& g, const Tensor& index) const {
    Shares shares{detail::make_tensor(g.shape(), g.dtype(), info.name),
                  detail::make_tensor(index.shape(), g.dtype(), info.name)};
    detail::copy_elements(*g.node(), *shares.left.node());
    visit_floating(g.dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* from = elements<T>(shares.left);
      T* to = elements<T>(shares.taken);
      detail::for_each_index(
          index, axis, shares.left.strides(), shares.taken.strides(),
          [=](std::int64_t picked, std::int64_t own) { to[own] = std::exchange(from[picked], 0); },
          detail::IndexOrder::backward);
    });
    return shares;
  }
};
}  // namespace op

/// x with elements written over along an axis, as an int64 tensor of the source's shape says; it may be
/// shorter than x. Of equal indices the last one in row-major order wins.
/// Shapes    x; index and source alike -> as x
/// Errors    as gather; ShapeError unless the source is like the index and of the type of x
[[nodiscard]] inline Tensor scatter(const Tensor& x, int axis, const Tensor& index,
                                    const Tensor& source) {
  return detail::along_axis(x, axis, "scatter", [&](const Tensor& lines, int normal) {
    op::Scatter op{};
    op.axis = normal;
    return record_structured(op, lines, detail::line_beside(x, detail::defined(index, "scatter")),
                             detail::line_beside(x, detail::defined(source, "scatter")));
  });
}

/// x with the slices x[i_0, i_1, ...] at the places that index tensors name together (as of index())
/// written over by `values`, or with `values` added to them (`accumulate`). Of equal places the last
/// one wins, or all add up.
/// Shapes    x; values broadcast to those of index(x, indices) -> as x
/// Errors    as index(); ShapeError if values do not broadcast; DTypeError if integers are to add up
[[nodiscard]] inline Tensor index_put(const Tensor& x, std::span<const Tensor> indices,
                                      const Tensor& values, bool accumulate = false) {
  const detail::PlacesOf places(x, indices, "index_put");
  const Tensor rows = places.rows_of(x);
  const Tensor whole = detail::broadcast_by_name(
      to(detail::defined(values, "index_put"), x.dtype()), places.result_shape, "index_put");
  const Tensor slices = reshape(whole, {places.flat.numel(), rows.size(1)});
  if (accumulate) {
    return reshape(detail::add_by_name(rows, 0, places.flat, slices, "index_put"), x.shape());
  }
  const Tensor columns =
      broadcast_to(reshape(places.flat, {places.flat.numel(), 1}), slices.shape());
  return reshape(scatter(rows, 0, columns, slices), x.shape());
}
[[nodiscard]] inline Tensor index_put(const Tensor& x, std::initializer_list<Tensor> indices,
                                      const Tensor& values, bool accumulate = false) {
  return index_put(x, std::span<const Tensor>(indices.begin(), indices.size()), values, accumulate);
}
}  // namespace nabla
