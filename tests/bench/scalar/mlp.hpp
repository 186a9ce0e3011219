// SPDX-License-Identifier: MIT
// A network of two layers in scalar loops on one image: tanh between them, softmax cross entropy
// at the end. The inputs are the parameters, layer by layer: weights row by row, then biases.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct Mlp {
  static constexpr std::string_view name = "mlp";
  Mlp(std::size_t pixels, std::size_t hidden, std::size_t classes)
      : n_(pixels), h_(hidden), c_(classes), image_(Numbers(2).uniforms(pixels, 0, 1)) {
    operations = static_cast<double>(2 * n_ * h_ + h_ + 2 * h_ * c_ + 2 * c_ + 2);
  }
  double operations;

  std::vector<double> inputs() const {
    return Numbers(3).uniforms(second() + c_ * h_ + c_, -0.05, 0.05);
  }

  // The logits.
  template <class T>
  std::vector<T> results(const std::vector<T>& x) const {
    std::vector<T> z(c_);
    for_each_logit(x, [&](std::size_t k, const T& logit) { z[k] = logit; });
    return z;
  }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    using std::exp;
    using std::log;
    T total = 0.0;
    T right = 0.0;
    for_each_logit(x, [&](std::size_t k, const T& z) {
      total += exp(z);
      if (k == kLabel) right = z;
    });
    return log(total) - right;
  }

  void gradient_by_hand(std::span<const double> x, std::span<double> g) {
    std::vector<double> y(h_), dy(h_), p(c_);
    for (std::size_t j = 0; j < h_; ++j) {
      double sum = x[h_ * n_ + j];
      for (std::size_t i = 0; i < n_; ++i) sum += x[j * n_ + i] * image_[i];
      y[j] = std::tanh(sum);
    }
    double total = 0;
    for (std::size_t k = 0; k < c_; ++k) {
      double z = x[second() + c_ * h_ + k];
      for (std::size_t j = 0; j < h_; ++j) z += x[second() + k * h_ + j] * y[j];
      total += p[k] = std::exp(z);
    }
    for (std::size_t k = 0; k < c_; ++k) {
      const double dz = p[k] / total - (k == kLabel ? 1.0 : 0.0);
      g[second() + c_ * h_ + k] = dz;
      for (std::size_t j = 0; j < h_; ++j) {
        g[second() + k * h_ + j] = dz * y[j];
        dy[j] += dz * x[second() + k * h_ + j];
      }
    }
    for (std::size_t j = 0; j < h_; ++j) {
      const double ds = dy[j] * (1 - y[j] * y[j]);
      g[h_ * n_ + j] = ds;
      for (std::size_t i = 0; i < n_; ++i) g[j * n_ + i] = ds * image_[i];
    }
  }

 private:
  static constexpr std::size_t kLabel = 3;
  // Where the parameters of the second layer begin.
  std::size_t second() const { return h_ * n_ + h_; }

  template <class T, class Use>
  void for_each_logit(const std::vector<T>& x, const Use& use) const {
    using std::tanh;
    std::vector<T> y(h_);
    for (std::size_t j = 0; j < h_; ++j) {
      T sum = x[h_ * n_ + j];
      for (std::size_t i = 0; i < n_; ++i) sum += x[j * n_ + i] * image_[i];
      y[j] = tanh(sum);
    }
    for (std::size_t k = 0; k < c_; ++k) {
      T z = x[second() + c_ * h_ + k];
      for (std::size_t j = 0; j < h_; ++j) z += x[second() + k * h_ + j] * y[j];
      use(k, z);
    }
  }

  std::size_t n_, h_, c_;
  std::vector<double> image_;
};

}  // namespace nabla::bench
