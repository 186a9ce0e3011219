// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>
#include <nabla/nn/loss/reduction.hpp>
#include <nabla/ops/nn/cosine_similarity.hpp>

// Losses on vectors that stand for things: near for those that belong together, far for others. A vector
// is a row along the last axis.
//
//   Tensor loss = nn::triplet_margin(net(faces), net(same_faces), net(other_faces));

namespace nabla::nn {

using nabla::cosine_similarity;

/// 1 - cos where the target is 1, max(0, cos - margin) where it is -1.
/// Shapes    a and b alike (..., d), targets (...) -> scalar; (...) without reduction
/// Errors    ShapeError unless the shapes fit; DTypeError if a or b are integers; DomainError if a target
///           is not -1 or 1
[[nodiscard]] Tensor cosine_embedding(const Tensor& a, const Tensor& b, const Tensor& targets,
                                      double margin = 0.0, Reduction reduction = Reduction::mean);

struct TripletMarginOptions {
  double margin = 1.0;
  int order = 2;      ///< of the norm: 2 or 1
  bool swap = false;  ///< the negative's distance is that to the positive, where it is less
  Reduction reduction = Reduction::mean;
};

/// max(0, |a - p| - |a - n| + margin) for an anchor a, a positive p like it and a negative n unlike it.
/// The gradient of a distance of 0 is 0, so nothing is added to the differences to keep them from it.
/// Shapes    a, p and n alike (..., d) -> scalar; (...) without reduction
/// Errors    ShapeError unless the shapes are the same; DTypeError on integers; DomainError on another
///           order
/// Source    Balntas et al. 2016, "Learning local feature descriptors with triplets and shallow
///           convolutional neural networks"
[[nodiscard]] Tensor triplet_margin(const Tensor& anchor, const Tensor& positive,
                                    const Tensor& negative,
                                    const TripletMarginOptions& options = {});

}  // namespace nabla::nn
