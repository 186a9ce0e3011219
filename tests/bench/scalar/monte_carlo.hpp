// SPDX-License-Identifier: MIT
// An Asian option by simulated paths of a price: the mean of max(average - strike, 0), discounted.
// The inputs are spot, strike, rate and the volatility in each step.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct MonteCarlo {
  static constexpr std::string_view name = "monte_carlo";
  MonteCarlo(std::size_t paths, std::size_t steps) : paths_(paths), steps_(steps) {
    operations = static_cast<double>(paths * (9 * steps + 4) + 4);
    Numbers numbers(14);
    // The sum of twelve uniform numbers is nearly normal.
    for (std::size_t i = 0; i < paths * steps; ++i) {
      double sum = -6;
      for (int k = 0; k < 12; ++k) sum += numbers.uniform(0, 1);
      noise_.push_back(sum);
    }
  }
  double operations;

  std::vector<double> inputs() const {
    std::vector<double> x{100.0, 102.0, 0.03};
    for (const double volatility : Numbers(15).uniforms(steps_, 0.15, 0.25))
      x.push_back(volatility);
    return x;
  }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    using std::exp;
    const double dt = 1.0 / static_cast<double>(steps_);
    T total = 0.0;
    for (std::size_t path = 0; path < paths_; ++path) {
      T price = x[0];
      T sum = 0.0;
      for (std::size_t i = 0; i < steps_; ++i) {
        const T& v = x[3 + i];
        const double shock = noise_[path * steps_ + i] * std::sqrt(dt);
        price *= exp((x[2] - 0.5 * v * v) * dt + v * shock);
        sum += price;
      }
      total += std::max(T(sum * dt - x[1]), T(0.0));
    }
    return total * exp(-x[2]) / static_cast<double>(paths_);
  }

 private:
  std::size_t paths_, steps_;
  std::vector<double> noise_;
};

}  // namespace nabla::bench
