// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor permute(const Tensor& x, std::span<const int> order);
[[nodiscard]] Tensor permute(const Tensor& x, std::initializer_list<int> order);

namespace op {
struct Permute : Structured {
  std::array<int, kMaxRank> order;  ///< axis a of the result is axis order[a] of x

  static constexpr OpInfo info{.name = "permute",
                               .formula = "y = x with its axes in another order",
                               .gradient = "dL/dx = g with its axes in the order of x",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  View view(Inputs x) const {
    View view{x[0].shape(), {}};
    for (int axis = 0; axis < x[0].rank(); ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      view.shape = view.shape.with(axis, x[0].size(order[a]));
      view.strides[a] = x[0].strides()[static_cast<std::size_t>(order[a])];
    }
    return view;
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    Permute inverse{};
    for (int axis = 0; axis < call.gradient().rank(); ++axis)
      inverse.order[static_cast<std::size_t>(order[static_cast<std::size_t>(axis)])] = axis;
    call.add(0, record_structured(inverse, call.gradient()));
  }
  static std::vector<Sample> samples() {
    return {{"three axes turned",
             {sample_tensor({2, 3, 4})},
             [](std::span<const Tensor> x) {
               return permute(x[0], {1, 2, 0});
             }},
            {"of a transposed view, axes from the end",
             {sample_tensor({4, 3, 2}).transpose(0, 2)},
             [](std::span<const Tensor> x) {
               return permute(x[0], {-1, 0, -2});
             }},
            {"no elements",
             {sample_tensor({2, 0, 3})},
             [](std::span<const Tensor> x) {
               return permute(x[0], {2, 0, 1});
             }},
            {"a number", {sample_tensor({})}, [](std::span<const Tensor> x) {
               return permute(x[0], std::span<const int>{});
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"an axis is missing",
             [] {
               static_cast<void>(permute(zeros({2, 3}), {1}));
             },
             "[permute] got 1 axes for (2, 3), need each of its 2 axes once"},
            {"an axis twice",
             [] {
               static_cast<void>(permute(zeros({2, 3}), {1, -1}));
             },
             "[permute] axis -1 is named twice, need each axis of (2, 3) once"},
            {"no such axis",
             [] {
               static_cast<void>(permute(zeros({2, 3}), {0, 2}));
             },
             "[permute] no such axis: got 2"}};
  }
};
}  // namespace op

/// A view with the axes in another order: axis a of the result is axis order[a] of x.
/// Errors    ShapeError unless each axis is named once
[[nodiscard]] inline Tensor permute(const Tensor& x, std::span<const int> order) {
  const int rank = detail::defined(x, "permute").rank();
  if (order.size() != static_cast<std::size_t>(rank)) {
    throw ShapeError("[permute] got " + std::to_string(order.size()) + " axes for " +
                     to_string(x.shape()) + ", need each of its " + std::to_string(rank) +
                     " axes once");
  }
  op::Permute op{};
  for (std::size_t a = 0; a < order.size(); ++a) {
    op.order[a] = normal_axis(order[a], rank, "permute");
    if (std::count(op.order.begin(), op.order.begin() + a, op.order[a]) > 0) {
      throw ShapeError("[permute] axis " + std::to_string(order[a]) +
                       " is named twice, need each axis of " + to_string(x.shape()) + " once");
    }
  }
  return record_structured(op, x);
}
[[nodiscard]] inline Tensor permute(const Tensor& x, std::initializer_list<int> order) {
  return permute(x, std::span<const int>(order.begin(), order.size()));
}

/// A view with axes at other places, axis from[i] of x at to[i]; the others stay in their order.
/// Errors    ShapeError if there is no such axis or place, one is named twice, or there are not as many
///           places as axes
[[nodiscard]] inline Tensor moveaxis(const Tensor& x, std::span<const int> from,
                                     std::span<const int> to) {
  const int rank = detail::defined(x, "moveaxis").rank();
  if (from.size() != to.size()) {
    throw ShapeError("[moveaxis] got " + std::to_string(from.size()) + " axes and " +
                     std::to_string(to.size()) + " places for " + to_string(x.shape()) +
                     ", need as many");
  }
  std::array<int, kMaxRank> order{};
  std::uint32_t moved = 0, taken = 0;  // the axes of x, and of the result
  const auto mark = [&](std::uint32_t& seen, int given, const char* what) {
    const int axis = normal_axis(given, rank, "moveaxis");
    if (((seen >> axis) & 1u) != 0) {
      throw ShapeError(std::string("[moveaxis] ") + what + " " + std::to_string(given) +
                       " is named twice for " + to_string(x.shape()) + ", need each once");
    }
    seen |= 1u << axis;
    return axis;
  };
  for (std::size_t i = 0; i < from.size(); ++i) {
    const int axis = mark(moved, from[i], "axis"), place = mark(taken, to[i], "place");
    order[static_cast<std::size_t>(place)] = axis;
  }
  for (int axis = 0, place = 0; axis < rank; ++axis) {
    if (((moved >> axis) & 1u) != 0) continue;
    while (((taken >> place) & 1u) != 0) ++place;
    order[static_cast<std::size_t>(place++)] = axis;
  }
  return permute(x, std::span<const int>(order.data(), static_cast<std::size_t>(rank)));
}
[[nodiscard]] inline Tensor moveaxis(const Tensor& x, std::initializer_list<int> from,
                                     std::initializer_list<int> to) {
  return moveaxis(x, std::span<const int>(from.begin(), from.size()),
                  std::span<const int>(to.begin(), to.size()));
}
[[nodiscard]] inline Tensor moveaxis(const Tensor& x, int from, int to) {
  return moveaxis(x, std::span<const int>(&from, 1), std::span<const int>(&to, 1));
}

/// Another name of transpose.
[[nodiscard]] inline Tensor swapaxes(const Tensor& x, int axis0, int axis1) {
  const int rank = detail::defined(x, "swapaxes").rank();
  return transpose(x, normal_axis(axis0, rank, "swapaxes"), normal_axis(axis1, rank, "swapaxes"));
}
}  // namespace nabla
