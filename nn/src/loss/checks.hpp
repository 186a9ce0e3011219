// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

#include <nabla/engine/tensor.hpp>
#include <nabla/kernels/lane.hpp>
#include <nabla/nn/loss/reduction.hpp>
#include <nabla/ops/family/total.hpp>

namespace nabla::nn {

/// Errors    ShapeError that names `loss` unless a and b have the same shape; GraphError if one is empty
void require_same_shape(const char* loss, const Tensor& a, const Tensor& b);

/// Errors    DTypeError that names `loss` unless x is floating
void require_floating(const char* loss, const Tensor& x);

// What the numbers of a loss have to be. NaN is a value that flows; it is not outside of an interval.
struct FromZeroToOne {
  template <std::floating_point T>
  static constexpr bool holds(T x) {
    return !kernels::either(x > 1, x < 0);
  }
};
struct ZeroOrMore {
  template <std::floating_point T>
  static constexpr bool holds(T x) {
    return !(x < 0);
  }
};
struct MinusOneOrOne {
  template <std::floating_point T>
  static constexpr bool holds(T x) {
    return kernels::either(x == -1, x == 1);
  }
};

/// Errors    DomainError that names `loss` and the first element that is not Good, one of those above
/// Cost      one pass, vector code
template <class Good>
void require_all(const char* loss, const Tensor& x, const char* needed);

/// Errors    DomainError that names `loss` unless all targets are -1 or 1
void require_sides(const char* loss, const Tensor& targets);

/// Errors    ShapeError that names `loss` unless scores are (n, c, ...) and labels (n, ...);
///           DTypeError unless labels are int64; GraphError if one is empty
void require_labels(const char* loss, const Tensor& scores, const Tensor& labels);

/// Errors    ShapeError that names `loss` unless weights are undefined or (classes)
void require_weights(const char* loss, const Tensor& weights, std::int64_t classes);

/// The losses op(xs...) of all elements, reduced: to a number in one pass over the elements.
template <Totalled Op, class... Xs>
[[nodiscard]] Tensor reduced(Reduction reduction, const Op& op, const Xs&... xs) {
  if (reduction == Reduction::none) return record(op, xs...);
  return record_total(reduction == Reduction::mean ? Total::mean : Total::sum, op, xs...);
}

/// Errors    ShapeError that names `loss` and `what` unless x broadcasts to the shape
void require_broadcast(const char* loss, const char* what, const Tensor& x, const Shape& shape);

/// Scores (n, c, d1, ...) as rows (n d1 ..., c).
[[nodiscard]] Tensor class_rows(const Tensor& scores);

/// Scores of classes, a label of each row, and for what it counts.
struct Labelled {
  Tensor rows;    ///< (m, c)
  Tensor labels;  ///< (m), 0 where the label is ignored
  Tensor counts;  ///< (m) boolean, false where it is ignored; undefined if none is
  Tensor shares;  ///< (m), the weight of the label's class, 0 where it is ignored; undefined if all
                  ///< are 1
  Shape shape;    ///< that the losses of the rows get
};

/// Scores (n, c, d1, ...) with labels (n, d1, ...) and weights (c), which may be undefined.
/// Errors    as require_labels; ShapeError that names `loss` on other weights; DomainError if a label
///           is neither ignored nor among 0 to c - 1
[[nodiscard]] Labelled labelled(const char* loss, const Tensor& scores, const Tensor& labels,
                                const Tensor& weights, std::optional<std::int64_t> ignored);

}  // namespace nabla::nn
