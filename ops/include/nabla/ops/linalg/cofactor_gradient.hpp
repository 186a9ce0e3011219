// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/family/structural_zeros.hpp>
#include <nabla/ops/linalg/inverse.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/linalg/trace.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor cofactor(const Tensor& x);
[[nodiscard]] Tensor cofactor_gradient(const Tensor& x, const Tensor& g);

namespace op {
// The second derivative of the determinant along G; an op of its own, since it is exact for singular
// matrices and no formula in other ops is.
struct CofactorGradient : Structured {
  static constexpr OpInfo info{
      .name = "cofactor_gradient",
      .formula = "Y = the gradient of the sum of G times the cofactors of X",
      .gradient = "dL/dG = the same with G' in place of G, dL/dX = the third derivative of det",
      .domain = "square",
      .kinks =
          "singular X: exact, the gradient by G too; that by X is not to be relied on there, "
          "NaN or far off",
      .accuracy =
          "in double: error <= n^2 2^-52 times the product of the n - 1 largest singular values",
      .source = "Stewart 1998, \"On the adjugate matrix\""};
  static constexpr std::uint32_t saves = 3;
  Result shape(Inputs x) const {
    detail::check_square(x[0], info.name);
    detail::check_same_floating(x[0], x[1], info.name);
    if (x[0].shape() != x[1].shape()) {
      throw ShapeError("[cofactor_gradient] x is " + to_string(x[0].shape()) + ", g is " +
                       to_string(x[1].shape()) + ", need equal shapes");
    }
    return {x[0].shape(), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::cofactors_gradient(x[0], x[1], y); }
  void backward(BackwardCall& call) const {
    const Tensor x = call.input(0);
    const Tensor& g = call.gradient();
    if (call.wants(1)) call.add(1, detail::arrived(cofactor_gradient(x, g), g));
    if (!call.wants(0)) return;
    const Tensor inverted = detail::inverse_or_nan(x);
    const Tensor p = matmul(inverted, call.input(1)), q = matmul(inverted, g);
    const Tensor pq = matmul(p, q), qp = matmul(q, p);
    const Tensor tp = detail::as_matrices(trace(p)), tq = detail::as_matrices(trace(q));
    const Tensor free = tp * tq - detail::as_matrices(trace(pq));
    const Tensor inside = where(detail::on_diagonal(x.size(-1)), free, 0.0) - tp * q - tq * p;
    const Tensor dx = matmul(cofactor(x), (inside + pq + qp).transpose());
    call.add(0, detail::held_back(detail::arrived(dx, g), call.input(1)));
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) {
      return cofactor_gradient(detail::plus_identity(x[0], 7.0), x[1]);
    };
    const Tensor rank2 = tensor({{1, 2, 3}, {4, 5, 6}, {5, 7, 9}}, float64);
    return {
        {"matrices", {sample_tensor({3, 3}), sample_tensor({3, 3}, -2, 2, 5)}, apply},
        {"a batch", {sample_tensor({2, 2, 2}), sample_tensor({2, 2, 2}, -2, 2, 5)}, apply},
        {"transposed", {sample_tensor({3, 3}).transpose(), sample_tensor({3, 3}, -2, 2, 5)}, apply},
        {"rank n - 1, by g",
         {sample_tensor({3, 3})},
         [rank2](std::span<const Tensor> x) {
           return cofactor_gradient(rank2.to(x[0].dtype()), x[0]);
         }},
        {"without elements", {sample_tensor({0, 0}), sample_tensor({0, 0})}, apply}};
  }
  static std::vector<ErrorCase> errors() {
    auto all =
        detail::square_errors(info.name, [](const Tensor& x) { return cofactor_gradient(x, x); });
    all.push_back({"other shapes", [] { static_cast<void>(cofactor_gradient(eye(2), eye(3))); },
                   "[cofactor_gradient] x is (2, 2), g is (3, 3), need equal shapes"});
    return all;
  }
};
}  // namespace op

/// The gradient by X of the sum of all products of G with the cofactors of X.
/// Shapes    x, g (..., n, n) equal, unchanged
/// Errors    ShapeError unless square and equal; DTypeError unless both are the same floating type
/// Cost      a singular value decomposition a batch
[[nodiscard]] inline Tensor cofactor_gradient(const Tensor& x, const Tensor& g) {
  return record_structured(op::CofactorGradient{}, x, g);
}
}  // namespace nabla

// The two derive each other, so each brings the other along.
#include <nabla/ops/linalg/cofactor.hpp>
