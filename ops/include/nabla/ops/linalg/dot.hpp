// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/line_pairs.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/slice.hpp>

namespace nabla {
[[nodiscard]] Tensor dot(const Tensor& a, const Tensor& b);

namespace op {
struct Dot : Structured {
  static constexpr bool for_lists = true;
  static constexpr OpInfo info{
      .name = "dot",
      .formula = "y = sum of a b",
      .gradient = "dL/da = g b, dL/db = g a",
      .accuracy = "terms summed in double: error <= n 2^-53 sum of |terms|, and one rounding",
      .source = "definition",
      .instead = "a*c + b*d"};
  static constexpr std::uint32_t saves = 3;  // both operands
  Result shape(Inputs x) const {
    if (x[0].rank() != 1 || x[1].rank() != 1 || x[0].numel() != x[1].numel()) {
      throw ShapeError("[dot] a is " + to_string(x[0].shape()) + ", b is " +
                       to_string(x[1].shape()) + ", need two vectors of one length");
    }
    detail::check_same_floating(x[0], x[1], info.name);
    return {Shape{}, x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    const NoGrad no_grad;
    const Tensor a = contiguous(x[0]), b = contiguous(x[1]);
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      *elements<T>(y) = static_cast<T>(kernels::dot(
          a.numel(), static_cast<const T*>(elements<T>(a)), static_cast<const T*>(elements<T>(b))));
    });
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, record(Chain{}, call.gradient(), call.input(1)));
    if (call.wants(1)) call.add(1, record(Chain{}, call.gradient(), call.input(0)));
  }
  static std::vector<Sample> samples() {
    return {{"vectors",
             {sample_tensor({3}), sample_tensor({3}, -2, 2, 5)},
             [](std::span<const Tensor> x) { return dot(x[0], x[1]); }},
            {"with itself",
             {sample_tensor({3})},
             [](std::span<const Tensor> x) { return dot(x[0], x[0]); }},
            {"every second, backwards",
             {sample_tensor({5}), sample_tensor({3}, -2, 2, 5)},
             [](std::span<const Tensor> x) { return dot(x[0].slice(0, 4, -9, -2), x[1]); }},
            {"with a number, stretched",
             {sample_tensor({4}), sample_tensor({}, -2, 2, 5)},
             [](std::span<const Tensor> x) { return dot(x[0], broadcast_to(x[1], {4})); }},
            {"one element",
             {sample_tensor({1}), sample_tensor({1}, -2, 2, 5)},
             [](std::span<const Tensor> x) { return dot(x[0], x[1]); }},
            {"no elements",
             {sample_tensor({0}), sample_tensor({0})},
             [](std::span<const Tensor> x) { return dot(x[0], x[1]); }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"other lengths", [] { static_cast<void>(dot(zeros({2}), zeros({3}))); },
             "[dot] a is (2,), b is (3,), need two vectors of one length"}};
  }
};
}  // namespace op

/// The inner product of two vectors.
/// Shapes    a (n), b (n) -> ()
/// Errors    ShapeError if they are not vectors of one length; DTypeError as matmul
[[nodiscard]] inline Tensor dot(const Tensor& a, const Tensor& b) {
  return record_structured(op::Dot{}, a, b);
}

/// The inner product of two lists of numbers, one of them plain or both of one type.
/// Errors    ShapeError unless they have one length
template <ScalarList A, ScalarList B>
[[nodiscard]] auto dot(const A& a, const B& b) {
  using Number = std::conditional_t<std::floating_point<NumberOf<A>>, NumberOf<B>, NumberOf<A>>;
  detail::check_as_many("dot", a, b);
  Number total(0.0);
  const auto* next = std::ranges::data(b);
  for (const auto& element : a) total = total + element * *next++;
  return total;
}
}  // namespace nabla
