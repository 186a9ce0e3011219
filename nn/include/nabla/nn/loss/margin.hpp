// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>
#include <nabla/nn/loss/reduction.hpp>

// Losses that ask for a margin between scores, which need not be probabilities. Where a margin is just
// kept the gradient is 0.
//
//   Tensor loss = nn::multi_margin(net(x), labels);

namespace nabla::nn {

/// Hinge, max(0, 1 - t s) for a score s and a target t of -1 or 1. At the kink the gradient is 0.
/// Shapes    s and t alike -> scalar; like s without reduction
/// Errors    ShapeError unless the shapes are the same; DomainError if a target is not -1 or 1
[[nodiscard]] Tensor hinge(const Tensor& scores, const Tensor& targets,
                           Reduction reduction = Reduction::mean);

/// Soft margin, log(1 + exp(-t s)) for a score s and a target t of -1 or 1, without overflow for any
/// score: bce_with_logits with other targets.
/// Shapes    s and t alike -> scalar; like s without reduction
/// Units     nats per element
/// Errors    ShapeError unless the shapes are the same; DomainError if a target is not -1 or 1
[[nodiscard]] Tensor soft_margin(const Tensor& scores, const Tensor& targets,
                                 Reduction reduction = Reduction::mean);

struct MultiMarginOptions {
  int power = 1;        ///< 1, or 2 for squares
  double margin = 1.0;  ///< by how much the score of the label should be the largest
  Tensor weights =
      {};  ///< (c): of each example, that of its label; the mean is over n all the same
  Reduction reduction = Reduction::mean;
};

/// Hinge of several classes, 1/c sum over j != label of max(0, margin - s_label + s_j)^power.
/// Shapes    scores (n, c, ...), labels (n, ...) int64 -> scalar; like labels without reduction
/// Errors    ShapeError unless the shapes fit; DTypeError unless labels are int64; DomainError if a
///           label is not among 0 to c - 1, or on another power
/// Source    Crammer & Singer 2001, "On the algorithmic implementation of multiclass kernel-based
///           vector machines"; Weston & Watkins 1999 in this form
[[nodiscard]] Tensor multi_margin(const Tensor& scores, const Tensor& labels,
                                  const MultiMarginOptions& options = {});

/// max(0, margin - t (a - b)) for two scores and a target t: 1 if a should be the higher one, else -1.
/// Shapes    a, b and t alike -> scalar; like a without reduction
/// Errors    ShapeError unless the shapes are the same; DomainError if a target is not -1 or 1
[[nodiscard]] Tensor margin_ranking(const Tensor& a, const Tensor& b, const Tensor& targets,
                                    double margin = 0.0, Reduction reduction = Reduction::mean);

}  // namespace nabla::nn
