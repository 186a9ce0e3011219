// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <optional>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor pinv(const Tensor& x, std::optional<double> rcond = {});

namespace op {
struct Pinv : Structured {
  double rcond;

  static constexpr OpInfo info{
      .name = "pinv",
      .formula = "Y = X^+, the pseudoinverse",
      .gradient = "dL/dX = -Y^T G Y^T + (I - X Y) G^T Y Y^T + Y^T Y G^T (I - Y X)",
      .kinks = "where the rank changes Y jumps: the gradient along changes that keep the rank",
      .accuracy = "in double: relative error <= m n 2^-52 times the condition number",
      .source = "Golub & Pereyra 1973, \"The differentiation of pseudo-inverses\"",
      .instead = "1/a"};
  static constexpr std::uint32_t saves = 1 | kSavesOutput;
  Result shape(Inputs x) const {
    detail::check_matrices(x[0], info.name);
    const Shape batch = detail::batch_of(x[0].shape());
    return {detail::matrices_of(batch, x[0].size(-1), x[0].size(-2)), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::pseudo_inverse(x[0], y, rcond); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0), y = call.output(), turned = y.transpose();
    const Tensor& g = call.gradient();
    const Tensor left = matmul(matmul(g.transpose(), y), turned);   // G^T Y Y^T
    const Tensor right = matmul(matmul(turned, y), g.transpose());  // Y^T Y G^T
    const Tensor within = matmul(matmul(turned, g), turned);
    const Tensor dx =
        left - matmul(x, matmul(y, left)) + right - matmul(matmul(right, y), x) - within;
    call.add(0, detail::arrived(dx, g));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) {
      const std::int64_t m = x[0].size(-2), n = x[0].size(-1);
      // The diagonal keeps the rank full where the check moves its inputs.
      return pinv(x[0] + where(arange(m).reshape({m, 1}) == arange(n), 6.0, 0.0));
    };
    return {{"square", {sample_tensor({3, 3})}, apply},
            {"tall", {sample_tensor({3, 2})}, apply},
            {"wide", {sample_tensor({2, 3})}, apply},
            {"a batch", {sample_tensor({2, 2, 1})}, apply},
            {"of rank 1",
             {sample_tensor({3, 1}, 1, 2), sample_tensor({1, 3}, 1, 2, 5)},
             [](std::span<const Tensor> x) { return pinv(matmul(x[0], x[1]), 1e-3); }},
            {"without elements", {sample_tensor({0, 2})}, apply}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a vector", [] { static_cast<void>(pinv(zeros({3}))); },
             "[pinv] got (3,), need a matrix, or a batch of them"},
            {"integers", [] { static_cast<void>(pinv(eye(2, int64))); }, "[pinv] got int64"}};
  }
};
}  // namespace op

/// The pseudoinverse: of all X for which A X is nearest to B, X = pinv(A) B is the shortest. Singular
/// values up to `rcond` times the greatest count as 0; by default that is the rounding of the elements
/// times the longer side.
/// Shapes    (..., m, n) -> (..., n, m)
/// Errors    ShapeError unless there are two axes; DTypeError on integers
/// Cost      a singular value decomposition a batch
[[nodiscard]] inline Tensor pinv(const Tensor& x, std::optional<double> rcond) {
  detail::check_matrices(x, "pinv");
  const double rounding = x.dtype() == float32 ? std::numeric_limits<float>::epsilon()
                                               : std::numeric_limits<double>::epsilon();
  op::Pinv op;
  op.rcond = rcond.value_or(rounding * static_cast<double>(std::max(x.size(-2), x.size(-1))));
  return record_structured(op, x);
}
}  // namespace nabla
