// SPDX-License-Identifier: MIT
// The sum of exp x + log x + tanh x / (1 + x): time goes into the functions.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct Transcendental {
  static constexpr std::string_view name = "transcendental";
  explicit Transcendental(std::size_t ops)
      : operations(static_cast<double>(ops)), count_(ops / 8) {}
  double operations;

  std::vector<double> inputs() const { return Numbers(20).uniforms(count_, 0.25, 2); }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    using std::exp;
    using std::log;
    using std::tanh;
    T sum = 0.0;
    for (std::size_t i = 0; i < count_; ++i)
      sum += exp(x[i]) + log(x[i]) + tanh(x[i]) / (1.0 + x[i]);
    return sum;
  }

  void gradient_by_hand(std::span<const double> x, std::span<double> g) {
    for (std::size_t i = 0; i < count_; ++i) {
      const double t = std::tanh(x[i]), r = 1 / (1 + x[i]);
      g[i] = std::exp(x[i]) + 1 / x[i] + ((1 - t * t) - t * r) * r;
    }
  }

 private:
  std::size_t count_;
};

}  // namespace nabla::bench
