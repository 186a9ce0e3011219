// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <nabla/engine/value.hpp>

// The losses of the textbook on Values, for networks small enough to be drawn number by number. p
// are the predictions of one example, t its targets.
//
//   Value loss = nn::half_sum_of_squares(net(x), target);

namespace nabla::nn {

/// 1/2 sum (p - t)^2.
/// Errors    ShapeError unless there are as many targets as predictions
[[nodiscard]] Value half_sum_of_squares(std::span<const Value> predictions,
                                        std::span<const double> targets);
/// 1/m sum (p - t)^2, and 1/(2m) of it.
/// Errors    ShapeError unless there are as many targets as predictions, and at least one
[[nodiscard]] Value mse(std::span<const Value> predictions, std::span<const double> targets);
[[nodiscard]] Value half_mse(std::span<const Value> predictions, std::span<const double> targets);
/// 1/m sum |p - t|.
/// Errors    ShapeError unless there are as many targets as predictions, and at least one
[[nodiscard]] Value mae(std::span<const Value> predictions, std::span<const double> targets);

/// -[t log p + (1 - t) log(1 - p)], in nats; both logarithms are kept at -100 or above.
/// Errors    DomainError unless 0 <= p <= 1 and 0 <= t <= 1
[[nodiscard]] Value bce(const Value& probability, double target);
/// The sum of bce over several outputs.
/// Errors    as bce; ShapeError unless there are as many targets as outputs
[[nodiscard]] Value binary_cross_entropy(std::span<const Value> probabilities,
                                         std::span<const double> targets);

/// -log softmax(z)[label], in nats.
/// Errors    as softmax_cross_entropy
[[nodiscard]] Value cross_entropy(std::span<const Value> logits, std::size_t label);
/// -sum_c t_c log softmax(z)_c, in nats.
/// Errors    as softmax_cross_entropy
[[nodiscard]] Value cross_entropy(std::span<const Value> logits, std::span<const double> targets);

}  // namespace nabla::nn
