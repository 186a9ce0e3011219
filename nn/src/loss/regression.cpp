// SPDX-License-Identifier: MIT
#include <nabla/nn/loss/regression.hpp>
#include <nabla/nn/loss/terms.hpp>
#include <nabla/ops/ops.hpp>

#include "checks.hpp"

namespace nabla::nn {
namespace {

Tensor squares(const char* loss, const Tensor& prediction, const Tensor& target,
               Reduction reduction) {
  require_same_shape(loss, prediction, target);
  return reduced(reduction, op::SquaredError{}, prediction, target);
}

}  // namespace

Tensor mae(const Tensor& prediction, const Tensor& target, Reduction reduction) {
  require_same_shape("mae", prediction, target);
  return reduced(reduction, op::AbsoluteError{}, prediction, target);
}

Tensor mse(const Tensor& prediction, const Tensor& target, Reduction reduction) {
  return squares("mse", prediction, target, reduction);
}

// The factor is applied after the reduction: the same number, and one operation on one element.
Tensor half_mse(const Tensor& prediction, const Tensor& target, Reduction reduction) {
  return squares("half_mse", prediction, target, reduction) * 0.5;
}

Tensor half_sum_of_squares(const Tensor& prediction, const Tensor& target, Reduction reduction) {
  return squares("half_sum_of_squares", prediction, target, reduction) * 0.5;
}

Tensor huber(const Tensor& prediction, const Tensor& target, double delta, Reduction reduction) {
  require_same_shape("huber", prediction, target);
  detail::check_huber(delta);
  return reduced(reduction, op::HuberError::with(delta), prediction, target);
}

Tensor smooth_l1(const Tensor& prediction, const Tensor& target, double beta, Reduction reduction) {
  require_same_shape("smooth_l1", prediction, target);
  detail::check_option("smooth_l1", beta >= 0.0, "beta", beta, "at least 0");
  if (beta == 0.0) return reduced(reduction, op::AbsoluteError{}, prediction, target);
  return reduced(reduction, op::HuberError::with(beta), prediction, target) / beta;
}

Tensor log_cosh(const Tensor& prediction, const Tensor& target, Reduction reduction) {
  require_same_shape("log_cosh", prediction, target);
  return reduced(reduction, op::LogCoshError{}, prediction, target);
}

}  // namespace nabla::nn
