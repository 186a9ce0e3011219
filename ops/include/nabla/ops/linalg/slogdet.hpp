// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/linalg/inverse.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/view/select.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
/// det X = sign e^logabsdet
struct SlogdetResult {
  Tensor sign;       ///< -1, 0 or 1; has no gradient
  Tensor logabsdet;  ///< -inf where the sign is 0
};
[[nodiscard]] SlogdetResult slogdet(const Tensor& x);
[[nodiscard]] Tensor logdet(const Tensor& x);

namespace op {
// The result is the sign and the logarithm along a new last axis.
struct Slogdet : Structured {
  static constexpr OpInfo info{
      .name = "slogdet",
      .formula = "y = log |det X|, and the sign of det X",
      .gradient = "dL/dX = g X^-T; 0 for the sign",
      .domain = "square",
      .kinks = "singular X: sign 0, y = -inf, gradient NaN (0 if g is 0)",
      .accuracy = "in double, backward stable: the result of a matrix within n^2 2^-52 |X| of X",
      .source = "Giles 2008, \"Collected matrix derivative results\"",
      .instead = "log(abs(a*d - b*c))"};
  static constexpr std::uint32_t saves = 1;
  Result shape(Inputs x) const {
    detail::check_square(x[0], info.name);
    const Shape batch = detail::batch_of(x[0].shape());
    return {batch.inserted(batch.rank(), 2), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const { detail::sign_and_log_determinant(x[0], y); }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor g = detail::as_matrices(select(call.gradient(), -1, 1));
    call.add(0, record(Chain{}, g, detail::inverse_or_nan(call.input(0)).transpose()));
  }
  static std::vector<Sample> samples() {
    const auto plus = [](double multiple) {
      return [multiple](std::span<const Tensor> x) {
        return slogdet(detail::plus_identity(x[0], multiple)).logabsdet;
      };
    };
    return {{"a matrix", {sample_tensor({3, 3})}, plus(7)},
            {"a negative determinant", {sample_tensor({3, 3})}, plus(-7)},
            {"a batch", {sample_tensor({2, 2, 2})}, plus(7)},
            {"transposed", {sample_tensor({2, 2}).transpose()}, plus(7)},
            {"without elements", {sample_tensor({0, 0})}, plus(7)},
            {"logdet", {sample_tensor({2, 2})}, [](std::span<const Tensor> x) {
               return logdet(detail::plus_identity(x[0], 7.0));
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return detail::square_errors(info.name, [](const Tensor& x) { return slogdet(x).logabsdet; });
  }
};
}  // namespace op

/// Sign and logarithm of the absolute determinant, which do not overflow.
/// Shapes    (..., n, n) -> (...) each
/// Errors    ShapeError unless square; DTypeError on integers
/// Cost      2/3 n^3 operations a batch
[[nodiscard]] inline SlogdetResult slogdet(const Tensor& x) {
  const Tensor both = record_structured(op::Slogdet{}, x);
  return {select(both, -1, 0).detach(), select(both, -1, 1)};
}

/// The logarithm of the determinant. If that is 0, it is -inf and the gradient NaN, as of slogdet; if it is
/// negative, both are NaN; where no gradient arrives it is 0. Shapes and errors as of slogdet.
[[nodiscard]] inline Tensor logdet(const Tensor& x) {
  detail::check_square(x, "logdet");
  const SlogdetResult parts = slogdet(x);
  // A factor, and no branch of where, since that would take the gradient away.
  return parts.logabsdet * where(parts.sign < 0, std::numeric_limits<double>::quiet_NaN(), 1.0);
}
}  // namespace nabla
