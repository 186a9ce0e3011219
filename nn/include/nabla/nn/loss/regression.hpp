// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/nn/loss/reduction.hpp>

// Losses on numbers. p is the prediction, t the target, m the number of elements. Prediction and
// target need the same shape: one that broadcasts is refused, since it is nearly always a mistake.
//
//   Tensor loss = nn::mse(net(x), y);

namespace nabla::nn {

/// Mean absolute error, 1/m sum |p - t|. Where p = t the gradient is 0.
/// Shapes    p and t alike -> scalar; like p without reduction
/// Units     of p
/// Errors    ShapeError unless the shapes are the same
[[nodiscard]] Tensor mae(const Tensor& prediction, const Tensor& target,
                         Reduction reduction = Reduction::mean);

/// Mean squared error, 1/m sum (p - t)^2.
/// Shapes    p and t alike -> scalar; like p without reduction
/// Units     of p, squared
/// Errors    ShapeError unless the shapes are the same
[[nodiscard]] Tensor mse(const Tensor& prediction, const Tensor& target,
                         Reduction reduction = Reduction::mean);

/// Half the mean squared error, 1/(2m) sum (p - t)^2: its gradient is (p - t) / m.
/// Shapes    p and t alike -> scalar; like p without reduction
/// Units     of p, squared
/// Errors    ShapeError unless the shapes are the same
[[nodiscard]] Tensor half_mse(const Tensor& prediction, const Tensor& target,
                              Reduction reduction = Reduction::mean);

/// Half the sum of squares, 1/2 sum (p - t)^2: its gradient is p - t.
/// Shapes    p and t alike -> scalar; like p without reduction
/// Units     of p, squared
/// Errors    ShapeError unless the shapes are the same
[[nodiscard]] Tensor half_sum_of_squares(const Tensor& prediction, const Tensor& target,
                                         Reduction reduction = Reduction::sum);

}  // namespace nabla::nn
