// SPDX-License-Identifier: MIT
// The sum of 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2: three statements a term.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct Rosenbrock {
  static constexpr std::string_view name = "rosenbrock";
  explicit Rosenbrock(std::size_t count)
      : operations(8.0 * static_cast<double>(count - 1)), count_(count) {}
  double operations;

  std::vector<double> inputs() const { return Numbers(1).uniforms(count_, -1.5, 1.5); }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    T sum = 0.0;
    for (std::size_t i = 0; i + 1 < count_; ++i) {
      const T a = x[i + 1] - x[i] * x[i];
      const T b = 1.0 - x[i];
      sum += 100.0 * a * a + b * b;
    }
    return sum;
  }

  void gradient_by_hand(std::span<const double> x, std::span<double> g) {
    g[0] = 0;
    for (std::size_t i = 0; i + 1 < count_; ++i) {
      const double a = x[i + 1] - x[i] * x[i];
      g[i] += -400.0 * a * x[i] - 2.0 * (1.0 - x[i]);
      g[i + 1] = 200.0 * a;
    }
  }

 private:
  std::size_t count_;
};

}  // namespace nabla::bench
