// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/nn/loss/reduction.hpp>

// Measures of information, in nats (divide by log 2 for bits). A distribution is a row of
// probabilities along the last axis; a probability p of 0 adds nothing, as p log p goes to 0 with p. The
// gradient by it is -log q of a cross entropy, where q is not 0, and else taken as 0. They obey cross_entropy_between(p, q) = entropy(p) +
// kl_divergence(p, q) and kl_divergence(p, q) >= 0.

namespace nabla::nn {

/// Entropy, -sum p log p.
/// Shapes    p (..., c) -> scalar mean over the rows; (...) without reduction
/// Units     nats
/// Errors    ShapeError if p is a single number
[[nodiscard]] Tensor entropy(const Tensor& p, Reduction reduction = Reduction::mean);

/// Kullback-Leibler divergence, sum p (log p - log q). Infinite if a q is 0 where p is not.
/// Shapes    p and q alike (..., c) -> scalar mean over the rows; (...) without reduction
/// Units     nats
/// Errors    ShapeError unless the shapes are the same
[[nodiscard]] Tensor kl_divergence(const Tensor& p, const Tensor& q,
                                   Reduction reduction = Reduction::mean);

struct KlDivergenceOptions {
  bool log_p = false;  ///< p is given as log p
  bool log_q =
      false;  ///< q is given as log q, as from log_softmax: exact also where q is rounded to 0
  Reduction reduction = Reduction::mean;
};

/// The same of logarithms. PyTorch's kl_div(input, target), averaged over the rows, is
/// kl_divergence(target, input, {.log_q = true}).
/// Shapes    p and q alike (..., c) -> scalar mean over the rows; (...) without reduction
/// Units     nats
/// Errors    ShapeError unless the shapes are the same
[[nodiscard]] Tensor kl_divergence(const Tensor& p, const Tensor& q,
                                   const KlDivergenceOptions& options);

/// Cross entropy of two distributions, -sum p log q.
/// Shapes    p and q alike (..., c) -> scalar mean over the rows; (...) without reduction
/// Units     nats
/// Errors    ShapeError unless the shapes are the same
[[nodiscard]] Tensor cross_entropy_between(const Tensor& p, const Tensor& q,
                                           Reduction reduction = Reduction::mean);

}  // namespace nabla::nn
