// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/structured.hpp>

namespace nabla {
[[nodiscard]] Tensor triplet_margin(const Tensor& anchor, const Tensor& positive,
                                    const Tensor& negative, double margin = 1.0, int order = 2,
                                    bool swap = false);

namespace op {
struct TripletMargin : Structured {
  double margin;
  int order;
  bool swap;

  static constexpr OpInfo info{
      .name = "triplet_margin",
      .formula = "y = max(0, |a - p| - |a - n| + margin); swap: min(|a - n|, |p - n|) for |a - n|",
      .gradient = "dL/da = g ((a - p) / |a - p| - (a - n) / |a - n|) where y > 0, else 0",
      .kinks = "a distance of 0, and y = 0: 0; |a - n| = |p - n| with swap: 1/2 to each",
      .accuracy = "error <= 4 eps times the greatest of distances and margin, summed in double",
      .source =
          "Balntas et al. 2016, \"Learning local feature descriptors with triplets and shallow "
          "convolutional neural networks\""};
  Result shape(Inputs x) const;
  void forward(Inputs x, Tensor& y) const;
  void backward(BackwardCall& call) const;
  static std::vector<Sample> samples();
  static std::vector<ErrorCase> errors();
};
}  // namespace op

/// max(0, |a - p| - |a - n| + margin) for an anchor a, a positive p like it and a negative n unlike it,
/// one number a vector along the last axis.
/// Shapes    a, p and n alike (..., d) -> (...)
/// Errors    ShapeError unless the shapes are the same; DTypeError on integers; DomainError unless the
///           order of the norm is 1 or 2
/// Cost      one pass over a, p and n, and one back
[[nodiscard]] Tensor triplet_margin(const Tensor& anchor, const Tensor& positive,
                                    const Tensor& negative, double margin, int order, bool swap);
}  // namespace nabla
