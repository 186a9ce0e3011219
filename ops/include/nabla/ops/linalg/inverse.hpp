// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/unary/neg.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor inverse(const Tensor& x);

namespace op {
struct Inverse : Structured {
  const char* name;  ///< of the function that was called, for errors; null for gradients, which are
                     ///< not a reason to stop: a singular matrix then has NaN for an inverse

  static constexpr OpInfo info{
      .name = "inverse",
      .formula = "Y = X^-1",
      .gradient = "dL/dX = -Y^T G Y^T",
      .domain = "square, not singular",
      .accuracy = "in double: relative error <= n^2 2^-52 times the condition number",
      .source = "Giles 2008, \"Collected matrix derivative results\"",
      .instead = "1/a"};
  static constexpr std::uint32_t saves = kSavesOutput;
  Result shape(Inputs x) const {
    detail::check_square(x[0], info.name);
    return {x[0].shape(), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::invert(x[0], y, name); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor y = call.output().transpose();
    call.add(0, detail::arrived(-matmul(matmul(y, call.gradient()), y), call.gradient()));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) {
      return inverse(detail::plus_identity(x[0], 7.0));
    };
    return {{"a matrix", {sample_tensor({3, 3})}, apply},
            {"a batch", {sample_tensor({2, 2, 2})}, apply},
            {"transposed", {sample_tensor({2, 2}).transpose()}, apply},
            {"without elements", {sample_tensor({0, 0})}, apply}};
  }
  static std::vector<ErrorCase> errors() {
    auto all = detail::square_errors(info.name, inverse);
    all.push_back({"a singular matrix of a batch",
                   [] {
                     static_cast<void>(inverse(tensor({{{1, 0}, {0, 1}}, {{1, 2}, {2, 4}}})));
                   },
                   "[inverse] singular: got a pivot 0 in matrix (1), need linearly independent"});
    return all;
  }
};
}  // namespace op

/// The inverse matrix. To solve equations, solve() needs less and is more accurate.
/// Shapes    (..., n, n) unchanged
/// Errors    ShapeError unless square; DTypeError on integers; DomainError if a matrix is singular
/// Cost      2 n^3 operations a batch
[[nodiscard]] inline Tensor inverse(const Tensor& x) {
  return record_structured(op::Inverse{{}, "inverse"}, x);
}

/// The product of `exponent` times the matrix, in about log2 as many steps; of its inverse if negative.
/// Shapes    (..., n, n) unchanged
/// Errors    as inverse
[[nodiscard]] inline Tensor matrix_power(const Tensor& x, std::int64_t exponent) {
  detail::check_square(x, "matrix_power");
  Tensor square = exponent < 0 ? record_structured(op::Inverse{{}, "matrix_power"}, x) : x;
  Tensor power = detail::with_batch(eye(x.size(-1), x.dtype()), detail::batch_of(x.shape()));
  bool is_one = true;
  for (std::int64_t rest = exponent; rest != 0; rest /= 2) {
    if (rest % 2 != 0) power = is_one ? square : matmul(power, square);
    is_one = is_one && rest % 2 == 0;
    if (rest / 2 != 0) square = matmul(square, square);
  }
  // The identity, but a result of x.
  return exponent == 0 ? where(zeros({}, boolean), x, power) : power;
}

namespace detail {
/// The same with NaN for the inverse of a singular matrix.
[[nodiscard]] inline Tensor inverse_or_nan(const Tensor& x) {
  return record_structured(op::Inverse{{}, nullptr}, x);
}
}  // namespace detail
}  // namespace nabla
