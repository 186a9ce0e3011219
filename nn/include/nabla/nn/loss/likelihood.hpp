// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>
#include <nabla/nn/loss/reduction.hpp>

// Negative logarithms of the likelihood of what was observed, by the distribution that a network
// predicts. (That of classes is nll, see classification.hpp.)
//
//   Tensor loss = nn::gaussian_nll(mean(x), y, softplus(spread(x)));

namespace nabla::nn {

struct PoissonNllOptions {
  bool log_input = true;  ///< the prediction x is the logarithm of the mean, else the mean itself
  bool full = false;      ///< adds log t! of counts t > 1, by Stirling's formula
  double epsilon = 1e-8;  ///< added to a mean before its logarithm is taken
  Reduction reduction = Reduction::mean;
};

/// Of counts t by a Poisson distribution: exp x - t x, or x - t log(x + epsilon).
/// Shapes    x and t alike -> scalar; like x without reduction
/// Units     nats per element, up to a term of t alone unless `full`
/// Errors    ShapeError unless the shapes are the same; DomainError if a target is negative, or unless
///           epsilon > 0
[[nodiscard]] Tensor poisson_nll(const Tensor& prediction, const Tensor& target,
                                 const PoissonNllOptions& options = {});

struct GaussianNllOptions {
  bool full = false;      ///< adds the constant log(2 pi)/2
  double epsilon = 1e-6;  ///< the least variance; the gradient by a smaller one is 0
  Reduction reduction = Reduction::mean;
};

/// Of numbers t by a normal distribution of mean x and variance v: [log v + (t - x)^2 / v] / 2.
/// Shapes    x and t alike; v the same, or with 1 in place of the last size -> scalar; like x without
///           reduction
/// Units     nats per element, up to a constant unless `full`
/// Errors    ShapeError unless the shapes fit; DomainError if a variance is negative, or unless
///           epsilon > 0
/// Source    Nix & Weigend 1994, "Estimating the mean and variance of the target probability
///           distribution"
[[nodiscard]] Tensor gaussian_nll(const Tensor& prediction, const Tensor& target,
                                  const Tensor& variance, const GaussianNllOptions& options = {});

}  // namespace nabla::nn
