// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <nabla/engine/tensor.hpp>
#include <nabla/nn/loss/reduction.hpp>

// Losses on classes. Logits are the numbers that a network ends with, before softmax or sigmoid;
// the forms on logits are exact where probabilities have already been rounded to 0 or 1.
//
//   Tensor loss = nn::cross_entropy(net(x), labels);
//   double right = nn::accuracy(net(x), labels);

namespace nabla::nn {

struct CrossEntropyOptions {
  Tensor weights = {};  ///< (c): what an example of each class counts for; 1 if undefined
  std::int64_t ignore_index = -100;  ///< an example with this label counts for nothing
  double smoothing = 0.0;            ///< the part of a target that is shared out to all classes
  Reduction reduction = Reduction::mean;
};

/// Cross entropy of a softmax, -sum_c w_c t_c log softmax(z)_c for each example. Its gradient by the
/// logits is softmax(z) - t without weights, over n for the mean. Of labels y the mean is over what
/// they count for, sum_i l_i / sum_i w_{y_i}: if all are ignored it is NaN, and its gradient 0. Of
/// probabilities it is over all examples. What is ignored may be NaN.
/// Shapes    logits (n, c, ...), targets (n, ...) int64 labels, or (n, c, ...) one-hot rows of any
///           type or probabilities -> scalar; (n, ...) without reduction
/// Units     nats per example
/// Errors    ShapeError unless the shapes fit; DTypeError unless logits are floating, and labels int64;
///           DomainError if a label is neither ignore_index nor among 0 to c - 1, if there are
///           probabilities and an ignore_index that is not negative, or unless 0 <= smoothing <= 1
/// Source    smoothing: Szegedy et al. 2016, "Rethinking the Inception architecture"
[[nodiscard]] Tensor cross_entropy(const Tensor& logits, const Tensor& targets,
                                   const CrossEntropyOptions& options);
[[nodiscard]] Tensor cross_entropy(const Tensor& logits, const Tensor& targets,
                                   Reduction reduction = Reduction::mean);

struct NllOptions {
  Tensor weights = {};               ///< as of CrossEntropyOptions
  std::int64_t ignore_index = -100;  ///< as of CrossEntropyOptions
  Reduction reduction = Reduction::mean;
};

/// Negative log likelihood, -w_{y_i} l[i, y_i] for each example i with its label y_i. The mean is over
/// what they count for, as of cross_entropy.
/// Shapes    log_probabilities (n, c, ...), labels (n, ...) int64 -> scalar; (n, ...) without reduction
/// Units     nats per example
/// Errors    ShapeError unless the shapes fit; DTypeError unless log_probabilities are floating, and
///           labels int64; DomainError if a label is neither ignore_index nor among 0 to c - 1
[[nodiscard]] Tensor nll(const Tensor& log_probabilities, const Tensor& labels,
                         const NllOptions& options);
[[nodiscard]] Tensor nll(const Tensor& log_probabilities, const Tensor& labels,
                         Reduction reduction = Reduction::mean);

struct BceOptions {
  Tensor weights =
      {};  ///< times the losses, to which they broadcast; the mean is over m all the same
  Tensor pos_weight = {};  ///< times t, but not times 1 - t: above 1 for more recall
  Reduction reduction = Reduction::mean;
};

/// Binary cross entropy on probabilities, -[t log p + (1 - t) log(1 - p)] for each element. Both
/// logarithms are kept at -100 or above, so a wrong certainty costs 100 nats and not infinity; the
/// gradient there is 0. Where there are logits, bce_with_logits has no such edge.
/// Shapes    p and t alike -> scalar; like p without reduction
/// Units     nats per element
/// Errors    ShapeError unless the shapes are the same, and weights broadcast to them; DomainError if
///           a p or t is outside [0, 1]
[[nodiscard]] Tensor bce(const Tensor& probabilities, const Tensor& targets,
                         const BceOptions& options);
[[nodiscard]] Tensor bce(const Tensor& probabilities, const Tensor& targets,
                         Reduction reduction = Reduction::mean);

/// The same on logits z, with p = sigmoid(z). Its gradient is p - t, over m for the mean.
/// Shapes    z and t alike -> scalar; like z without reduction
/// Units     nats per element
/// Errors    ShapeError unless the shapes are the same, and weights broadcast to them
[[nodiscard]] Tensor bce_with_logits(const Tensor& logits, const Tensor& targets,
                                     const BceOptions& options);
[[nodiscard]] Tensor bce_with_logits(const Tensor& logits, const Tensor& targets,
                                     Reduction reduction = Reduction::mean);

/// Binary cross entropy of several outputs: bce summed over the outputs of an example.
/// Shapes    p and t (n, k) -> scalar; (n) without reduction
/// Units     nats per example
/// Errors    as bce; ShapeError unless there are two axes
[[nodiscard]] Tensor binary_cross_entropy(const Tensor& probabilities, const Tensor& targets,
                                          Reduction reduction = Reduction::mean);

struct FocalOptions {
  double alpha = 0.25;  ///< times the losses of targets 1; 1 - alpha times those of targets 0
  double gamma = 2.0;   ///< how much less it counts what is nearly right already; 0: bce
  Reduction reduction = Reduction::mean;
};

/// Focal loss on logits z: with r the probability given to the right answer, -(1 - r)^gamma log r.
/// Shapes    z and t alike -> scalar; like z without reduction
/// Units     nats per element
/// Errors    ShapeError unless the shapes are the same; DomainError unless 0 <= alpha <= 1 and
///           gamma >= 0
/// Source    Lin et al. 2017, "Focal loss for dense object detection"
[[nodiscard]] Tensor focal(const Tensor& logits, const Tensor& targets,
                           const FocalOptions& options = {});

/// The part of the examples whose largest score stands at their label.
/// Shapes    scores (n, c, ...), labels (n, ...) int64 -> number from 0 to 1; NaN if there are none
/// Errors    ShapeError unless the shapes fit; DTypeError unless labels are int64
[[nodiscard]] double accuracy(const Tensor& scores, const Tensor& labels);

}  // namespace nabla::nn
