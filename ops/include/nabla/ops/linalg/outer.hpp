// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/chain_rule.hpp>
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
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const std::int64_t step_a = x[0].strides()[0];
      const std::int64_t step_b = x[1].strides()[0];
      T* out = elements<T>(y);
      for (std::int64_t i = 0; i < x[0].numel(); ++i) {
        for (std::int64_t j = 0; j < x[1].numel(); ++j)
          *out++ = elements<T>(x[0])[i * step_a] * elements<T>(x[1])[j * step_b];
      }
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

/// The Kronecker product: each element of A times the whole of B, in its place. Axes before the last
/// two are batches and broadcast.
/// Shapes    a (..., m, n), b (..., p, q) -> (..., m p, n q); a (m), b (p) -> (m p)
/// Errors    ShapeError unless both are vectors or both have two axes, at most kMaxRank - 2, or if batches
///           do not broadcast; DTypeError as matmul
[[nodiscard]] inline Tensor kron(const Tensor& a, const Tensor& b) {
  if (detail::defined(a, "kron").rank() == 1 && detail::defined(b, "kron").rank() == 1) {
    detail::check_same_floating(a, b, "kron");
    return outer(a, b).reshape({a.numel() * b.numel()});
  }
  detail::check_matrices(a, "kron");
  detail::check_matrices(b, "kron");
  detail::check_same_floating(a, b, "kron");
  const Shape batch =
      broadcast_shape(detail::batch_of(a.shape()), detail::batch_of(b.shape()), "kron");
  const std::int64_t m = a.size(-2), n = a.size(-1), p = b.size(-2), q = b.size(-1);
  // (..., m, 1, n, 1) times (..., 1, p, 1, q)
  check_rank(std::max(a.rank(), b.rank()) + 2, "kron");  // those of the factors apart
  const Shape spread = a.shape().inserted(a.rank() - 1, 1).inserted(a.rank() + 1, 1);
  const Shape whole = b.shape().inserted(b.rank() - 1, 1).inserted(b.rank() - 2, 1);
  return (a.reshape(spread) * b.reshape(whole)).reshape(detail::matrices_of(batch, m * p, n * q));
}
}  // namespace nabla
