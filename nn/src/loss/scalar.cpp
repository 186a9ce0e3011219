// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/nn/loss/scalar.hpp>
#include <nabla/ops/ops.hpp>

namespace nabla::nn {
namespace {

constexpr double kLeastLog = -100.0;

void require_as_many(const char* loss, std::size_t predictions, std::size_t targets,
                     std::size_t least) {
  if (predictions != targets || predictions < least)
    throw ShapeError(
        fmt::format("[{}] got {} predictions and {} targets, need as many, at least {}", loss,
                    predictions, targets, least));
}

/// The sum of f(p_i, t_i).
template <class F>
Value sum_over(std::span<const Value> predictions, std::span<const double> targets, F f) {
  Value sum = 0.0;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const Value term = f(predictions[i], targets[i]);
    sum = i == 0 ? term : Value(sum + term);
  }
  return sum;
}

Value sum_of_squares(std::span<const Value> predictions, std::span<const double> targets) {
  return sum_over(predictions, targets,
                  [](const Value& p, double t) -> Value { return square(p - t); });
}

/// log x, kept at -100 or above.
Value bounded_log(const Value& x) { return clamp_min(log(x), kLeastLog); }

}  // namespace

Value half_sum_of_squares(std::span<const Value> predictions, std::span<const double> targets) {
  require_as_many("half_sum_of_squares", predictions.size(), targets.size(), 0);
  return sum_of_squares(predictions, targets) * 0.5;
}

Value mse(std::span<const Value> predictions, std::span<const double> targets) {
  require_as_many("mse", predictions.size(), targets.size(), 1);
  return sum_of_squares(predictions, targets) / static_cast<double>(predictions.size());
}

Value half_mse(std::span<const Value> predictions, std::span<const double> targets) {
  require_as_many("half_mse", predictions.size(), targets.size(), 1);
  return sum_of_squares(predictions, targets) / (2.0 * static_cast<double>(predictions.size()));
}

Value mae(std::span<const Value> predictions, std::span<const double> targets) {
  require_as_many("mae", predictions.size(), targets.size(), 1);
  const auto distance = [](const Value& p, double t) -> Value { return abs(p - t); };
  return sum_over(predictions, targets, distance) / static_cast<double>(predictions.size());
}

Value bce(const Value& probability, double target) {
  if (probability < 0.0 || probability > 1.0)
    throw DomainError(
        fmt::format("[bce] got {}, need a probability from 0 to 1", probability.value()));
  if (!(target >= 0.0 && target <= 1.0))
    throw DomainError(fmt::format("[bce] got the target {}, need one from 0 to 1", target));
  return -(target * bounded_log(probability) + (1.0 - target) * bounded_log(1.0 - probability));
}

Value binary_cross_entropy(std::span<const Value> probabilities, std::span<const double> targets) {
  require_as_many("binary_cross_entropy", probabilities.size(), targets.size(), 0);
  return sum_over(probabilities, targets, bce);
}

Value cross_entropy(std::span<const Value> logits, std::size_t label) {
  return softmax_cross_entropy(logits, label);
}

Value cross_entropy(std::span<const Value> logits, std::span<const double> targets) {
  return softmax_cross_entropy(logits, targets);
}

}  // namespace nabla::nn
