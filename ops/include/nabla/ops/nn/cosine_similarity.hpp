// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/structured.hpp>

namespace nabla {
[[nodiscard]] Tensor cosine_similarity(const Tensor& a, const Tensor& b, int axis = -1,
                                       double epsilon = 1e-8);

namespace op {
struct CosineSimilarity : Structured {
  int axis;
  double epsilon;

  static constexpr OpInfo info{
      .name = "cosine_similarity",
      .formula = "y = a b / (max(|a|, eps) max(|b|, eps))",
      .gradient = "dL/da = g (b / |b| - y a / |a|) / |a|, without y where |a| < eps; dL/db alike",
      .kinks = "a = 0 or b = 0: y = 0, gradient finite",
      .accuracy = "error <= 4 eps, summed in double",
      .source = "definition"};
  Result shape(Inputs x) const;
  void forward(Inputs x, Tensor& y) const;
  void backward(BackwardCall& call) const;
  static std::vector<Sample> samples();
  static std::vector<ErrorCase> errors();
};
}  // namespace op

/// The cosine of the angle between two vectors, which lie along an axis. A norm below epsilon is taken as
/// epsilon, so that with a zero vector the value is 0 and the gradient finite. No overflow on the way.
/// Shapes    a and b alike -> without the axis
/// Errors    ShapeError unless the shapes are the same, or if there is no such axis; DTypeError on
///           integers; DomainError unless epsilon > 0
/// Cost      one pass over a and b, and one back
[[nodiscard]] Tensor cosine_similarity(const Tensor& a, const Tensor& b, int axis, double epsilon);
}  // namespace nabla
