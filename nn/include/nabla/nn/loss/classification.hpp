// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/nn/loss/reduction.hpp>

// Losses on classes. Logits are the numbers that a network ends with, before softmax or sigmoid;
// the forms on logits are exact where probabilities have already been rounded to 0 or 1.
//
//   Tensor loss = nn::cross_entropy(net(x), labels);
//   double right = nn::accuracy(net(x), labels);

namespace nabla::nn {

/// Cross entropy of a softmax, -sum_c t_c log softmax(z)_c for each example. Its gradient by the
/// logits is softmax(z) - t, over n for the mean.
/// Shapes    logits (n, c), targets (n) int64 labels, or (n, c) one-hot rows of any type or
///           probabilities -> scalar; (n) without reduction
/// Units     nats per example
/// Requires  0 <= labels < c
/// Errors    ShapeError, DTypeError, DomainError as softmax_cross_entropy
[[nodiscard]] Tensor cross_entropy(const Tensor& logits, const Tensor& targets,
                                   Reduction reduction = Reduction::mean);

/// Negative log likelihood, -l[i, labels[i]] for each example i.
/// Shapes    log_probabilities (n, c), labels (n) int64 -> scalar; (n) without reduction
/// Units     nats per example
/// Errors    ShapeError unless the shapes fit; DTypeError unless labels are int64; DomainError if
///           a label is not among 0 to c - 1
[[nodiscard]] Tensor nll(const Tensor& log_probabilities, const Tensor& labels,
                         Reduction reduction = Reduction::mean);

/// Binary cross entropy on probabilities, -[t log p + (1 - t) log(1 - p)] for each element. Both
/// logarithms are kept at -100 or above, so a wrong certainty costs 100 nats and not infinity; the
/// gradient there is 0. Where there are logits, bce_with_logits has no such edge.
/// Shapes    p and t alike -> scalar; like p without reduction
/// Units     nats per element
/// Errors    ShapeError unless the shapes are the same; DomainError if a p is outside [0, 1]
[[nodiscard]] Tensor bce(const Tensor& probabilities, const Tensor& targets,
                         Reduction reduction = Reduction::mean);

/// The same on logits z, with p = sigmoid(z). Its gradient is p - t, over m for the mean.
/// Shapes    z and t alike -> scalar; like z without reduction
/// Units     nats per element
/// Errors    ShapeError unless the shapes are the same
[[nodiscard]] Tensor bce_with_logits(const Tensor& logits, const Tensor& targets,
                                     Reduction reduction = Reduction::mean);

/// Binary cross entropy of several outputs: bce summed over the outputs of an example.
/// Shapes    p and t (n, k) -> scalar; (n) without reduction
/// Units     nats per example
/// Errors    as bce; ShapeError unless there are two axes
[[nodiscard]] Tensor binary_cross_entropy(const Tensor& probabilities, const Tensor& targets,
                                          Reduction reduction = Reduction::mean);

/// Hinge, max(0, 1 - t s) for a score s and a target t of -1 or 1. At the kink the gradient is 0.
/// Shapes    s and t alike -> scalar; like s without reduction
/// Errors    ShapeError unless the shapes are the same; DomainError if a target is not -1 or 1
[[nodiscard]] Tensor hinge(const Tensor& scores, const Tensor& targets,
                           Reduction reduction = Reduction::mean);

/// The part of the examples whose largest score stands at their label.
/// Shapes    scores (n, c), labels (n) int64 -> number from 0 to 1; NaN if n = 0
/// Errors    ShapeError unless the shapes fit; DTypeError unless labels are int64
[[nodiscard]] double accuracy(const Tensor& scores, const Tensor& labels);

}  // namespace nabla::nn
