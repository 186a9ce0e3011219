// SPDX-License-Identifier: MIT
// The sum over points of the squared distance to the nearest centre; the inputs are the centres.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct Kmeans {
  static constexpr std::string_view name = "kmeans";
  Kmeans(std::size_t points, std::size_t centres, std::size_t dimensions)
      : operations(static_cast<double>(points * (3 * centres * dimensions + centres))),
        n_(points),
        k_(centres),
        d_(dimensions),
        data_(Numbers(16).uniforms(n_ * d_, -1, 1)) {}
  double operations;

  std::vector<double> inputs() const { return Numbers(17).uniforms(k_ * d_, -1, 1); }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    T total = 0.0;
    for (std::size_t n = 0; n < n_; ++n) {
      T nearest = distance(x, n, 0);
      for (std::size_t k = 1; k < k_; ++k) nearest = std::min(nearest, distance(x, n, k));
      total += nearest;
    }
    return total;
  }

  void gradient_by_hand(std::span<const double> x, std::span<double> g) {
    std::fill(g.begin(), g.end(), 0.0);
    const std::vector<double> centres(x.begin(), x.end());
    for (std::size_t n = 0; n < n_; ++n) {
      std::size_t nearest = 0;
      double least = distance(centres, n, 0);
      for (std::size_t k = 1; k < k_; ++k) {
        const double far = distance(centres, n, k);
        if (far < least) least = far, nearest = k;
      }
      for (std::size_t i = 0; i < d_; ++i)
        g[nearest * d_ + i] += 2 * (x[nearest * d_ + i] - data_[n * d_ + i]);
    }
  }

 private:
  template <class T>
  T distance(const std::vector<T>& x, std::size_t n, std::size_t k) const {
    T sum = 0.0;
    for (std::size_t i = 0; i < d_; ++i) {
      const T miss = x[k * d_ + i] - data_[n * d_ + i];
      sum += miss * miss;
    }
    return sum;
  }

  std::size_t n_, k_, d_;
  std::vector<double> data_;
};

}  // namespace nabla::bench
