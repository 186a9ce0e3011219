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

/// Huber's loss of the differences d: d^2/2 where |d| <= delta, else delta (|d| - delta/2). Its gradient
/// is d, limited to [-delta, delta].
/// Shapes    p and t alike -> scalar; like p without reduction
/// Units     of p, squared
/// Errors    ShapeError unless the shapes are the same; DomainError unless delta > 0
/// Source    Huber 1964, "Robust estimation of a location parameter"
[[nodiscard]] Tensor huber(const Tensor& prediction, const Tensor& target, double delta = 1.0,
                           Reduction reduction = Reduction::mean);

/// huber over beta: d^2/(2 beta) where |d| <= beta, else |d| - beta/2. With beta = 0 it is mae.
/// Shapes    p and t alike -> scalar; like p without reduction
/// Units     of p
/// Errors    ShapeError unless the shapes are the same; DomainError unless beta >= 0
/// Source    Girshick 2015, "Fast R-CNN"
[[nodiscard]] Tensor smooth_l1(const Tensor& prediction, const Tensor& target, double beta = 1.0,
                               Reduction reduction = Reduction::mean);

/// log cosh d, which is near d^2/2 for small differences d and near |d| - log 2 for large ones. Its
/// gradient is tanh d.
/// Shapes    p and t alike -> scalar; like p without reduction
/// Errors    ShapeError unless the shapes are the same
[[nodiscard]] Tensor log_cosh(const Tensor& prediction, const Tensor& target,
                              Reduction reduction = Reduction::mean);

}  // namespace nabla::nn
