// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor clone(const Tensor& x);

namespace op {
struct Clone : Structured {
  static constexpr OpInfo info{.name = "clone",
                               .formula = "y = x",
                               .gradient = "dL/dx = g",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const { return {x[0].shape(), x[0].dtype()}; }
  void forward(Inputs x, Tensor& y) const { detail::copy_elements(*x[0].node(), *y.node()); }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, call.gradient());
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) { return x[0].clone(); };
    return {{"matrix", {sample_tensor({2, 3})}, apply},
            {"transposed view", {sample_tensor({2, 3}).transpose()}, apply},
            {"a number", {sample_tensor({})}, apply},
            {"every second, backwards",
             {sample_tensor({5})},
             [](std::span<const Tensor> x) { return x[0].slice(0, 4, -9, -2).clone(); }},
            {"a middle axis last",
             {sample_tensor({2, 3, 1, 2})},
             [](std::span<const Tensor> x) { return x[0].transpose(1, 3).clone(); }},
            {"no elements", {sample_tensor({2, 0, 3})}, apply}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"an empty handle", [] { static_cast<void>(nabla::clone(Tensor())); },
             "[clone] operand 0 is an empty Tensor"}};
  }
};
}  // namespace op

/// A copy with elements of its own.
[[nodiscard]] inline Tensor clone(const Tensor& x) { return record_structured(op::Clone{}, x); }
/// The tensor itself if its elements lie in row-major order without gaps, else a copy that does.
[[nodiscard]] inline Tensor contiguous(const Tensor& x) {
  return detail::defined(x, "contiguous").is_contiguous() ? x : clone(x);
}
inline Tensor Tensor::clone() const { return nabla::clone(*this); }
inline Tensor Tensor::contiguous() const { return nabla::contiguous(*this); }
}  // namespace nabla
