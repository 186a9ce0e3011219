// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

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

/// exp(z_i - shift).
std::vector<Value> powers_of(std::span<const Value> logits, double shift) {
  std::vector<Value> powers;
  for (const Value& logit : logits) powers.push_back(exp(logit - shift));
  return powers;
}

Value total(std::span<const Value> terms) {
  Value sum = terms.front();
  for (const Value& term : terms.subspan(1)) sum = sum + term;
  return sum;
}

/// log x, kept at -100 or above.
Value bounded_log(const Value& x) { return clamp_min(log(x), kLeastLog); }

/// The largest logit as a plain number; subtracting it changes nothing but the range.
double largest(const char* name, std::span<const Value> logits) {
  if (logits.empty()) throw ShapeError(fmt::format("[{}] got no logits, need at least one", name));
  double most = logits.front().value();
  for (const Value& logit : logits) most = std::max(most, logit.value());
  return std::isfinite(most) ? most : 0.0;
}

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
  return -(target * bounded_log(probability) + (1.0 - target) * bounded_log(1.0 - probability));
}

Value binary_cross_entropy(std::span<const Value> probabilities, std::span<const double> targets) {
  require_as_many("binary_cross_entropy", probabilities.size(), targets.size(), 0);
  return sum_over(probabilities, targets, bce);
}

std::vector<Value> softmax(std::span<const Value> logits) {
  std::vector<Value> powers = powers_of(logits, largest("softmax", logits));
  const Value sum = total(powers);
  for (Value& power : powers) power = power / sum;
  return powers;
}

Value logsumexp(std::span<const Value> logits) {
  const double shift = largest("logsumexp", logits);
  return log(total(powers_of(logits, shift))) + shift;
}

Value cross_entropy(std::span<const Value> logits, std::size_t label) {
  if (label >= logits.size())
    throw DomainError(
        fmt::format("[cross_entropy] got label {}, need 0 <= label < {}", label, logits.size()));
  return logsumexp(logits) - logits[label];
}

Value cross_entropy(std::span<const Value> logits, std::span<const double> targets) {
  require_as_many("cross_entropy", logits.size(), targets.size(), 1);
  const Value normalizer = logsumexp(logits);
  return sum_over(logits, targets,
                  [&](const Value& z, double t) -> Value { return t * (normalizer - z); });
}

}  // namespace nabla::nn
