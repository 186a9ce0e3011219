// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string>

#include <nabla/ops/family/shapes.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor roll(const Tensor& x, std::span<const std::int64_t> shifts,
                          std::span<const int> axes);
[[nodiscard]] Tensor roll(const Tensor& x, std::initializer_list<std::int64_t> shifts,
                          std::initializer_list<int> axes);
[[nodiscard]] Tensor roll(const Tensor& x, std::int64_t shift, int axis);
[[nodiscard]] Tensor roll(const Tensor& x, std::int64_t shift);

namespace op {
struct Roll : Structured {
  std::array<std::int64_t, kMaxRank> shifts;  ///< 0 <= shift < size, or 0

  static constexpr OpInfo info{.name = "roll",
                               .formula = "y[i + shift mod n] = x[i] along some axes",
                               .gradient = "dL/dx[i] = g[i + shift mod n]",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const { return {x[0].shape(), x[0].dtype()}; }
  void forward(Inputs x, Tensor& y) const { detail::copy_rolled(x[0], shifts, y); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    Roll back{};
    for (int axis = 0; axis < call.gradient().rank(); ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      back.shifts[a] = shifts[a] == 0 ? 0 : call.gradient().size(axis) - shifts[a];
    }
    call.add(0, record_structured(back, call.gradient()));
  }
  static std::vector<Sample> samples() {
    return {
        {"a middle axis",
         {sample_tensor({2, 3, 2})},
         [](std::span<const Tensor> x) { return roll(x[0], 1, 1); }},
        {"two axes of a transposed view",
         {sample_tensor({4, 3}).transpose()},
         [](std::span<const Tensor> x) {
           return roll(x[0], {-1, 7}, {0, -1});
         }},
        {"an axis twice",
         {sample_tensor({5})},
         [](std::span<const Tensor> x) {
           return roll(x[0], {1, 2}, {0, 0});
         }},
        {"no elements",
         {sample_tensor({2, 0})},
         [](std::span<const Tensor> x) {
           return roll(x[0], {1, 1}, {0, 1});
         }},
        {"a number", {sample_tensor({})}, [](std::span<const Tensor> x) { return roll(x[0], 1); }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"no such axis", [] { static_cast<void>(roll(zeros({3}), 1, 1)); },
             "[roll] no such axis: got 1"},
            {"more shifts than axes",
             [] {
               static_cast<void>(roll(zeros({3}), {1, 1}, {0}));
             },
             "[roll] got 2 shifts and 1 axes, need as many"}};
  }
};
}  // namespace op

/// The elements moved on along some axes, each axis by its shift; what leaves at the end comes in at
/// the front. A negative shift moves back. Shifts of an axis that is named twice add up.
/// Errors    ShapeError if there is no such axis, or there are not as many shifts as axes
[[nodiscard]] inline Tensor roll(const Tensor& x, std::span<const std::int64_t> shifts,
                                 std::span<const int> axes) {
  const int rank = detail::defined(x, "roll").rank();
  if (shifts.size() != axes.size()) {
    throw ShapeError("[roll] got " + std::to_string(shifts.size()) + " shifts and " +
                     std::to_string(axes.size()) + " axes, need as many");
  }
  op::Roll op{};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const int axis = normal_axis(axes[i], rank, "roll");
    const std::int64_t size = std::max<std::int64_t>(x.size(axis), 1);
    std::int64_t& shift = op.shifts[static_cast<std::size_t>(axis)];
    shift = ((shift + shifts[i] % size) % size + size) % size;
  }
  return record_structured(op, x);
}
[[nodiscard]] inline Tensor roll(const Tensor& x, std::initializer_list<std::int64_t> shifts,
                                 std::initializer_list<int> axes) {
  return roll(x, std::span<const std::int64_t>(shifts.begin(), shifts.size()),
              std::span<const int>(axes.begin(), axes.size()));
}
[[nodiscard]] inline Tensor roll(const Tensor& x, std::int64_t shift, int axis) {
  return roll(x, std::span<const std::int64_t>(&shift, 1), std::span<const int>(&axis, 1));
}
/// The same with all elements in one row, from the end of a line into the next.
[[nodiscard]] inline Tensor roll(const Tensor& x, std::int64_t shift) {
  const Shape shape = detail::defined(x, "roll").shape();
  return reshape(roll(reshape(x, {-1}), shift, 0), shape);
}
}  // namespace nabla
