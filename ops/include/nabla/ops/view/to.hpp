// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor to(const Tensor& x, DType dtype);

namespace detail {
/// Copies elements into a contiguous node of the same shape and another dtype.
void convert_elements(const Node& from, Node& into);
}  // namespace detail

namespace op {
struct To : Structured {
  DType dtype;

  static constexpr OpInfo info{.name = "to",
                               .formula = "y = x in another dtype",
                               .gradient = "dL/dx = g in the dtype of x",
                               .kinks = "to int64: truncates, no gradient",
                               .accuracy = "<= 0.5 ulp of the new type",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const { return {x[0].shape(), dtype}; }
  void forward(Inputs x, Tensor& y) const { detail::convert_elements(*x[0].node(), *y.node()); }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, call.gradient().to(call.input(0).dtype()));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) { return x[0].to(float64); };
    return {{"float64 to itself", {sample_tensor({2, 3})}, apply},
            {"a number", {sample_tensor({})}, apply},
            {"two axes swapped",
             {sample_tensor({2, 3, 2})},
             [](std::span<const Tensor> x) { return x[0].transpose(0, 2).to(float64); }},
            {"every second, backwards",
             {sample_tensor({5})},
             [](std::span<const Tensor> x) { return x[0].slice(0, 4, -9, -2).to(float64); }},
            {"stretched",
             {sample_tensor({2, 1})},
             [](std::span<const Tensor> x) {
               return broadcast_to(x[0], {2, 3}).to(float64);
             }},
            {"four axes", {sample_tensor({2, 1, 2, 2})}, apply},
            {"no elements", {sample_tensor({2, 0})}, apply}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"an empty handle", [] { static_cast<void>(nabla::to(Tensor(), float64)); },
             "[to] operand 0 is an empty Tensor"}};
  }
};
}  // namespace op

/// The elements as another type; the tensor itself if it has that type already. Floating numbers
/// become int64 by truncation, and boolean by x != 0.
[[nodiscard]] inline Tensor to(const Tensor& x, DType dtype) {
  if (detail::defined(x, "to").dtype() == dtype) return x;
  op::To op;
  op.dtype = dtype;
  return record_structured(op, x);
}
inline Tensor Tensor::to(DType dtype) const { return nabla::to(*this, dtype); }
}  // namespace nabla
