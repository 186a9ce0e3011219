// SPDX-License-Identifier: MIT
#include "scaling.hpp"

#include <cmath>
#include <span>

namespace nabla::cli {

namespace {

// Weights are divided by deviations, and those up to 1e8 must stay finite in single precision.
constexpr float kLeastDeviation = 1e-30f;

}  // namespace

Scaling::Scaling(const Tensor& examples) {
  const auto rows = static_cast<std::size_t>(examples.size(0));
  const auto columns = static_cast<std::size_t>(examples.size(1));
  const std::vector<double> x = examples.to_vector<double>();
  for (std::size_t column = 0; column < columns; ++column) {
    double sum = 0.0, squares = 0.0;
    for (std::size_t row = 0; row < rows; ++row) sum += x[row * columns + column];
    const double mean = sum / static_cast<double>(rows);
    for (std::size_t row = 0; row < rows; ++row)
      squares += (x[row * columns + column] - mean) * (x[row * columns + column] - mean);
    const auto deviation = static_cast<float>(std::sqrt(squares / static_cast<double>(rows)));
    means_.push_back(static_cast<float>(mean));
    // A column that is always the same, or nearly, says nothing and is only shifted.
    deviations_.push_back(deviation >= kLeastDeviation ? deviation : 1.0f);
  }
}

Tensor Scaling::operator()(const Tensor& examples) const {
  if (means_.empty()) return examples;
  std::vector<float> x = examples.to_vector<float>();
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = (x[i] - means_[i % means_.size()]) / deviations_[i % means_.size()];
  return from_span(std::span<const float>(x), examples.shape());
}

void Scaling::fold_into(nn::Sequential& network) const {
  if (means_.empty()) return;
  const NoGrad no_grad;
  std::vector<Tensor> parameters = network.parameters();
  const std::span<float> weight = parameters[0].mutable_data<float>();
  const std::span<float> bias = parameters[1].mutable_data<float>();
  // W (x - mean) / deviation + b = (W / deviation) x + (b - W mean / deviation)
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const std::size_t column = i % means_.size(), neuron = i / means_.size();
    weight[i] /= deviations_[column];
    bias[neuron] -= weight[i] * means_[column];
  }
}

}  // namespace nabla::cli
