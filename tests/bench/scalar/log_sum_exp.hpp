// SPDX-License-Identifier: MIT
// log sum exp(x_i - m) + m with the greatest m taken off.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct LogSumExp {
  static constexpr std::string_view name = "log_sum_exp";
  explicit LogSumExp(std::size_t count)
      : operations(3.0 * static_cast<double>(count) + 2), count_(count) {}
  double operations;

  std::vector<double> inputs() const { return Numbers(4).uniforms(count_, -3, 3); }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    using std::exp;
    using std::log;
    T greatest = x[0];
    for (std::size_t i = 1; i < count_; ++i) greatest = std::max(greatest, x[i]);
    T sum = 0.0;
    for (std::size_t i = 0; i < count_; ++i) sum += exp(x[i] - greatest);
    return log(sum) + greatest;
  }

  void gradient_by_hand(std::span<const double> x, std::span<double> g) {
    const double greatest = *std::max_element(x.begin(), x.end());
    double sum = 0;
    for (std::size_t i = 0; i < count_; ++i) sum += g[i] = std::exp(x[i] - greatest);
    for (std::size_t i = 0; i < count_; ++i) g[i] /= sum;
  }

 private:
  std::size_t count_;
};

}  // namespace nabla::bench
