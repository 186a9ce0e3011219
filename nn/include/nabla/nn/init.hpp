// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include <nabla/engine/random.hpp>
#include <nabla/engine/tensor.hpp>

// Initializers: what a layer's weights are drawn from before training. Each function here gives a
// function that makes a tensor of a given shape from a given generator, so the same seed gives the
// same network on every machine. A weight has shape (outputs, inputs, ...): its fan-in is inputs
// times the sizes after it, its fan-out outputs times the same.
//
//   nn::Dense layer(784, 128, {.init = nn::init::kaiming_normal()});
//   Random random(1);
//   Tensor w = nn::init::xavier_uniform()({128, 784}, float32, random);

namespace nabla::nn {

using Initializer = std::function<Tensor(const Shape& shape, DType dtype, Random& random)>;

namespace init {

[[nodiscard]] Initializer zeros();
[[nodiscard]] Initializer constant(double value);
/// Errors    DomainError if the deviation is below 0
[[nodiscard]] Initializer normal(double mean = 0.0, double deviation = 1.0);
/// Errors    DomainError unless lower <= upper
[[nodiscard]] Initializer uniform(double lower, double upper);

/// Uniform in [-a, a), a = gain sqrt(6 / (fan_in + fan_out)): keeps the variance of what goes
/// forward and of what comes back near 1 for tanh and sigmoid.
/// Errors    ShapeError unless the shape has at least two axes
/// Source    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward
///           neural networks"
[[nodiscard]] Initializer xavier_uniform(double gain = 1.0);
/// Normal with deviation gain sqrt(2 / (fan_in + fan_out)).
[[nodiscard]] Initializer xavier_normal(double gain = 1.0);

/// What relu multiplies a signal's root mean square by, inverted: sqrt(2).
inline constexpr double kReluGain = 1.4142135623730951;

/// Uniform in [-a, a), a = gain sqrt(3 / fan_in).
/// Errors    ShapeError unless the shape has at least two axes
/// Source    He, Zhang, Ren & Sun 2015, "Delving deep into rectifiers"
[[nodiscard]] Initializer kaiming_uniform(double gain = kReluGain);
/// Normal with deviation gain / sqrt(fan_in).
[[nodiscard]] Initializer kaiming_normal(double gain = kReluGain);

}  // namespace init
}  // namespace nabla::nn
