// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <nabla/engine/recording.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/elementwise_run.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/slice.hpp>

namespace nabla {
[[nodiscard]] Tensor outer(const Tensor& a, const Tensor& b);

namespace op {
struct Outer : Structured {
  static constexpr OpInfo info{.name = "outer",
                               .formula = "Y = a b^T",
                               .gradient = "dL/da = G b, dL/db = G^T a",
                               .accuracy = "<= 0.5 ulp",
                               .source = "definition",
                               .instead = "a*b"};
  static constexpr std::uint32_t saves = 3;  // both operands
  Result shape(Inputs x) const {
    if (x[0].rank() != 1 || x[1].rank() != 1) {
      throw ShapeError("[outer] a is " + to_string(x[0].shape()) + ", b is " +
                       to_string(x[1].shape()) + ", need two vectors");
    }
    detail::check_same_floating(x[0], x[1], info.name);
    return {Shape{x[0].numel(), x[1].numel()}, x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    const NoGrad no_grad;
    const Tensor column = x[0].reshape({x[0].numel(), 1});
    const Tensor* operands[] = {&column, &x[1]};
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      detail::run_plain<T, T, 2>(std::multiplies<T>(), operands, *y.node());
    });
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, detail::gradient_times(call.gradient(), call.input(1)));
    if (call.wants(1)) call.add(1, detail::times_gradient(call.input(0), call.gradient()));
  }
  static std::vector<Sample> samples() {
    return {{"vectors",
             {sample_tensor({2}), sample_tensor({3}, -2, 2, 5)},
             [](std::span<const Tensor> x) { return outer(x[0], x[1]); }},
            {"with itself",
             {sample_tensor({3})},
             [](std::span<const Tensor> x) { return outer(x[0], x[0]); }},
            {"every second, backwards",
             {sample_tensor({2}), sample_tensor({5}, -2, 2, 5)},
             [](std::span<const Tensor> x) { return outer(x[0], x[1].slice(0, 4, -9, -2)); }},
            {"a number, stretched",
             {sample_tensor({}), sample_tensor({3}, -2, 2, 5)},
             [](std::span<const Tensor> x) { return outer(broadcast_to(x[0], {2}), x[1]); }},
            {"one element by several",
             {sample_tensor({1}), sample_tensor({4}, -2, 2, 5)},
             [](std::span<const Tensor> x) { return outer(x[0], x[1]); }},
            {"no rows",
             {sample_tensor({0}), sample_tensor({3}, -2, 2, 5)},
             [](std::span<const Tensor> x) { return outer(x[0], x[1]); }},
            {"no columns", {sample_tensor({2}), sample_tensor({0})}, [](std::span<const Tensor> x) {
               return outer(x[0], x[1]);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a matrix",
             [] {
               static_cast<void>(outer(zeros({2, 2}), zeros({3})));
             },
             "[outer] a is (2, 2), b is (3,), need two vectors"}};
  }
};
}  // namespace op

/// The outer product of two vectors: every product of an element of a with one of b.
/// Shapes    a (m), b (n) -> (m, n)
/// Errors    ShapeError if they are not vectors; DTypeError as matmul
[[nodiscard]] inline Tensor outer(const Tensor& a, const Tensor& b) {
  return record_structured(op::Outer{}, a, b);
}

/// The Kronecker product: each element of a times the whole of b, in its place. Who has fewer axes gets
/// such of size 1 in front.
/// Shapes    a (m_1, ..., m_k), b (n_1, ..., n_k) -> (m_1 n_1, ..., m_k n_k)
/// Errors    ShapeError if there are more than kMaxRank axes, where one counts twice along which neither
///           has size 1
[[nodiscard]] inline Tensor kron(const Tensor& a, const Tensor& b) {
  const int rank = std::max(detail::defined(a, "kron").rank(), detail::defined(b, "kron").rank());
  const auto size_of = [rank](const Tensor& x, int axis) {
    const int own = axis - (rank - x.rank());
    return own < 0 ? 1 : x.size(own);
  };
  // (m_1, 1, m_2, 1, ...) times (1, n_1, 1, n_2, ...)
  std::vector<std::int64_t> of_a, of_b, of_both;
  for (int axis = 0; axis < rank; ++axis) {
    const std::int64_t m = size_of(a, axis), n = size_of(b, axis);
    of_both.push_back(m * n);
    of_a.push_back(m);
    if (m != 1 && n != 1) {
      of_a.push_back(1);
      of_b.push_back(1);
    }
    of_b.push_back(n);
  }
  check_rank(static_cast<int>(of_a.size()), "kron");
  const auto shape = [](const std::vector<std::int64_t>& sizes) {
    return Shape(std::span<const std::int64_t>(sizes));
  };
  return (a.reshape(shape(of_a)) * b.reshape(shape(of_b))).reshape(shape(of_both));
}
}  // namespace nabla
