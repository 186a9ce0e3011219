// SPDX-License-Identifier: MIT
#include <cmath>
#include <numbers>

#include <nabla/nn/loss/likelihood.hpp>
#include <nabla/nn/loss/terms.hpp>
#include <nabla/ops/ops.hpp>

#include "checks.hpp"

namespace nabla::nn {
namespace {

constexpr double kTwoPi = 2.0 * std::numbers::pi;

/// log t!
Tensor stirling(const Tensor& t) {
  return where(t > 1.0, t * log(t) - t + 0.5 * log(kTwoPi * t), 0.0);
}

}  // namespace

Tensor poisson_nll(const Tensor& prediction, const Tensor& target,
                   const PoissonNllOptions& options) {
  require_same_shape("poisson_nll", prediction, target);
  require_all<ZeroOrMore>("poisson_nll", target, "counts of 0 or more");
  detail::check_option("poisson_nll", options.epsilon > 0.0, "epsilon", options.epsilon,
                       "more than 0");
  const Tensor t = target.to(prediction.dtype());
  if (options.log_input && !options.full)
    return reduced(options.reduction, op::PoissonError{}, prediction, t);
  const Tensor losses = options.log_input ? poisson_error(prediction, t)
                                          : prediction - t * log(prediction + options.epsilon);
  return reduce(options.full ? losses + stirling(t) : losses, options.reduction);
}

Tensor gaussian_nll(const Tensor& prediction, const Tensor& target, const Tensor& variance,
                    const GaussianNllOptions& options) {
  require_same_shape("gaussian_nll", prediction, target);
  const int last = prediction.rank() - 1;
  const Shape of_variance = nabla::detail::defined(variance, "gaussian_nll").shape();
  if (last < 0 || of_variance != prediction.shape().with(last, 1))
    require_same_shape("gaussian_nll", prediction, variance);
  require_all<ZeroOrMore>("gaussian_nll", variance, "variances of 0 or more");
  detail::check_option("gaussian_nll", options.epsilon > 0.0, "epsilon", options.epsilon,
                       "more than 0");
  const Tensor at_least = clamp_min(variance, options.epsilon);
  if (!options.full)
    return reduced(options.reduction, op::GaussianError{}, prediction, target, at_least);
  const Tensor losses = gaussian_error(prediction, target, at_least);
  return reduce(losses + 0.5 * std::log(kTwoPi), options.reduction);
}

}  // namespace nabla::nn
