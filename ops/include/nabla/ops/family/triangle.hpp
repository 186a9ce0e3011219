// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include <nabla/ops/family/shapes.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/transpose.hpp>

// What tril and triu have in common: the matrices of the last two axes where j - i is on one side of
// `diagonal`, and exactly 0 elsewhere, also in the gradient. They say which side: Band side(diagonal).

namespace nabla {

/// lowest <= j - i <= highest
struct Band {
  std::int64_t lowest, highest;
};

template <class Self>
struct Triangle : Structured {
  std::int64_t diagonal;

  static constexpr std::uint32_t saves = 0;
  static Tensor of(const Tensor& x, std::int64_t diagonal) {
    Self op{};
    op.diagonal = diagonal;
    return record_structured(op, detail::defined(x, Self::info.name));
  }
  Result shape(Inputs x) const {
    detail::check_two_axes(x[0], Self::info.name);
    return {x[0].shape(), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    const Band band = Self::side(diagonal);
    detail::copy_band(x[0], band.lowest, band.highest, y);
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, of(call.gradient(), diagonal));
  }
  static std::vector<Sample> samples() {
    const auto along = [](std::int64_t offset) {
      return [offset](std::span<const Tensor> x) { return of(x[0], offset); };
    };
    return {{"a matrix", {sample_tensor({3, 3})}, along(0)},
            {"another diagonal, a batch, wide", {sample_tensor({2, 2, 4})}, along(1)},
            {"a tall, transposed view", {sample_tensor({2, 4}).transpose()}, along(-1)},
            {"no elements", {sample_tensor({2, 0})}, along(0)}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a vector", [] { static_cast<void>(of(zeros({3}), 0)); },
             "[" + std::string(Self::info.name) + "] got (3,), need at least two axes"}};
  }
};

}  // namespace nabla
