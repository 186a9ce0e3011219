// SPDX-License-Identifier: MIT
#include "bench/by_hand.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace nabla::bench {

HandWrittenMlp::HandWrittenMlp(std::vector<std::size_t> layers,
                               std::vector<std::vector<double>> weights)
    : layers_(std::move(layers)),
      weights_(std::move(weights)),
      outputs_(layers_.size()),
      gradients_(layers_.size()) {
  for (std::size_t l = 1; l < layers_.size(); ++l) biases_.emplace_back(layers_[l], 0.0);
}

double HandWrittenMlp::step(std::span<const double> images, std::span<const std::int64_t> labels,
                            double rate) {
  batch_ = labels.size();
  outputs_[0].assign(images.begin(), images.end());
  const std::size_t last = layers_.size() - 1;
  for (std::size_t l = 0; l < last; ++l) forward(l);
  const double loss = loss_and_its_gradient(labels);
  for (std::size_t l = last; l-- > 0;) backward(l, rate);
  return loss;
}

// y = relu(x w + b), without relu in the last layer.
void HandWrittenMlp::forward(std::size_t l) {
  const std::size_t inputs = layers_[l], outputs = layers_[l + 1];
  const bool is_last = l + 2 == layers_.size();
  outputs_[l + 1].resize(batch_ * outputs);
  for (std::size_t n = 0; n < batch_; ++n) {
    const double* x = &outputs_[l][n * inputs];
    double* y = &outputs_[l + 1][n * outputs];
    std::copy(biases_[l].begin(), biases_[l].end(), y);
    for (std::size_t i = 0; i < inputs; ++i)
      for (std::size_t j = 0; j < outputs; ++j) y[j] += x[i] * weights_[l][i * outputs + j];
    for (std::size_t j = 0; !is_last && j < outputs; ++j) y[j] = std::max(y[j], 0.0);
  }
}

// d loss / d logit = (p - onehot) / batch
double HandWrittenMlp::loss_and_its_gradient(std::span<const std::int64_t> labels) {
  const std::size_t classes = layers_.back();
  const auto batch = static_cast<double>(batch_);
  gradients_.back() = outputs_.back();
  double loss = 0;
  for (std::size_t n = 0; n < batch_; ++n) {
    const std::span<double> row(&gradients_.back()[n * classes], classes);
    const double highest = *std::ranges::max_element(row);
    double sum = 0;
    for (double& z : row) sum += z = std::exp(z - highest);
    for (double& z : row) z /= sum * batch;
    double& target = row[static_cast<std::size_t>(labels[n])];
    loss -= std::log(target * batch) / batch;
    target -= 1 / batch;
  }
  return loss;
}

// dx = dy w^T where x > 0; w -= rate x^T dy; b -= rate sum dy
void HandWrittenMlp::backward(std::size_t l, double rate) {
  const std::size_t inputs = layers_[l], outputs = layers_[l + 1];
  auto& w = weights_[l];
  if (l > 0) gradients_[l].assign(batch_ * inputs, 0.0);
  for (std::size_t n = 0; l > 0 && n < batch_; ++n) {
    const double* dy = &gradients_[l + 1][n * outputs];
    for (std::size_t i = 0; i < inputs; ++i) {
      if (outputs_[l][n * inputs + i] <= 0) continue;
      double sum = 0;
      for (std::size_t j = 0; j < outputs; ++j) sum += dy[j] * w[i * outputs + j];
      gradients_[l][n * inputs + i] = sum;
    }
  }
  for (std::size_t n = 0; n < batch_; ++n) {
    const double* x = &outputs_[l][n * inputs];
    const double* dy = &gradients_[l + 1][n * outputs];
    for (std::size_t i = 0; i < inputs; ++i)
      for (std::size_t j = 0; j < outputs; ++j) w[i * outputs + j] -= rate * x[i] * dy[j];
    for (std::size_t j = 0; j < outputs; ++j) biases_[l][j] -= rate * dy[j];
  }
}

void copy_past_caches(const std::byte* from, std::byte* to, std::size_t n) {
#if defined(__x86_64__)
  for (std::size_t i = 0; i < n; i += 16) {
    __builtin_prefetch(from + i + 4096);
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + i),
                     _mm_load_si128(reinterpret_cast<const __m128i*>(from + i)));
  }
  _mm_sfence();
#else
  std::memcpy(to, from, n);
#endif
}

}  // namespace nabla::bench
