// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <nabla/engine/tensor.hpp>

// Regularizers: what to add to a loss so that parameters stay small. w runs over all numbers of all
// parameters.
//
//   Tensor loss = nn::cross_entropy(net(x), labels) + nn::l2(net.parameters(), 1e-4);

namespace nabla::nn {

/// strength sum |w|. Drives parameters to exactly 0; the gradient at 0 is 0.
/// Errors    ShapeError if there are no parameters
[[nodiscard]] Tensor l1(std::span<const Tensor> parameters, double strength);

/// strength sum w^2, with gradient 2 strength w.
/// Errors    ShapeError if there are no parameters
[[nodiscard]] Tensor l2(std::span<const Tensor> parameters, double strength);

/// l1 and l2 together.
/// Errors    ShapeError if there are no parameters
/// Source    Zou & Hastie 2005, "Regularization and variable selection via the elastic net"
[[nodiscard]] Tensor elastic_net(std::span<const Tensor> parameters, double l1_strength,
                                 double l2_strength);

}  // namespace nabla::nn
