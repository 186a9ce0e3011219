// SPDX-License-Identifier: MIT
// The log likelihood of points under a mixture of Gaussians with full covariances, given by the
// triangular factors of their inverses: diagonals as logarithms.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct GaussianMixture {
  static constexpr std::string_view name = "gaussian_mixture";
  GaussianMixture(std::size_t points, std::size_t dimensions, std::size_t components)
      : n_(points), d_(dimensions), k_(components), data_(Numbers(5).uniforms(n_ * d_, -1, 1)) {
    const std::size_t distance = d_ + d_ + d_ * (d_ - 1) + 2 * d_ + 3;
    operations = static_cast<double>(n_ * k_ * (distance + 3) + 2 * n_ + k_ * (2 * d_ + 3) + 3);
  }
  double operations;

  // Weights (k), means (k, d), diagonals (k, d), below the diagonals (k, d (d - 1) / 2).
  std::vector<double> inputs() const {
    return Numbers(6).uniforms(k_ + 2 * k_ * d_ + k_ * d_ * (d_ - 1) / 2, -0.5, 0.5);
  }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    using std::exp;
    std::vector<T> diagonal(k_ * d_);
    std::vector<T> log_volume(k_);
    for (std::size_t k = 0; k < k_; ++k) {
      for (std::size_t i = 0; i < d_; ++i) {
        diagonal[k * d_ + i] = exp(x[diagonals() + k * d_ + i]);
        log_volume[k] += x[diagonals() + k * d_ + i];
      }
    }
    std::vector<T> terms(k_);
    T likelihood = 0.0;
    for (std::size_t n = 0; n < n_; ++n) {
      for (std::size_t k = 0; k < k_; ++k)
        terms[k] = x[k] + log_volume[k] - 0.5 * distance(x, diagonal, n, k);
      likelihood += log_sum(terms);
    }
    const std::vector<T> weights(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(k_));
    return likelihood - static_cast<double>(n_) * log_sum(weights);
  }

 private:
  std::size_t diagonals() const { return k_ + k_ * d_; }
  std::size_t below() const { return k_ + 2 * k_ * d_; }

  // |L (point - mean)|^2
  template <class T>
  T distance(const std::vector<T>& x, const std::vector<T>& diagonal, std::size_t n,
             std::size_t k) const {
    std::vector<T> centred(d_);
    for (std::size_t i = 0; i < d_; ++i) centred[i] = data_[n * d_ + i] - x[k_ + k * d_ + i];
    T total = 0.0;
    std::size_t at = below() + k * (d_ * (d_ - 1) / 2);
    for (std::size_t i = 0; i < d_; ++i) {
      T row = diagonal[k * d_ + i] * centred[i];
      for (std::size_t j = 0; j < i; ++j) row += x[at++] * centred[j];
      total += row * row;
    }
    return total;
  }

  template <class T>
  static T log_sum(const std::vector<T>& terms) {
    using std::exp;
    using std::log;
    T greatest = terms[0];
    for (std::size_t k = 1; k < terms.size(); ++k) greatest = std::max(greatest, terms[k]);
    T sum = 0.0;
    for (const T& term : terms) sum += exp(term - greatest);
    return log(sum) + greatest;
  }

  std::size_t n_, d_, k_;
  std::vector<double> data_;
};

}  // namespace nabla::bench
