// SPDX-License-Identifier: MIT
// y <- y a + b c - d: four operations on five variables a statement.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace nabla::bench {

struct Chain4 {
  static constexpr std::string_view name = "chain4";
  explicit Chain4(std::size_t ops) : operations(static_cast<double>(ops)), steps_(ops / 4) {}
  double operations;

  std::vector<double> inputs() const { return {1.0, 1.0 - 1e-5, 0.5, 0.25, 0.125}; }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    T y = x[0];
    for (std::size_t i = 0; i < steps_; ++i) y = y * x[1] + x[2] * x[3] - x[4];
    return y;
  }

  void gradient_by_hand(std::span<const double> x, std::span<double> g) {
    y_.resize(steps_ + 1);
    y_[0] = x[0];
    for (std::size_t i = 0; i < steps_; ++i) y_[i + 1] = y_[i] * x[1] + x[2] * x[3] - x[4];
    double dy = 1, d1 = 0, sum = 0;
    for (std::size_t i = steps_; i-- > 0;) {
      d1 += y_[i] * dy;
      sum += dy;
      dy *= x[1];
    }
    g[0] = dy;
    g[1] = d1;
    g[2] = x[3] * sum;
    g[3] = x[2] * sum;
    g[4] = -sum;
  }

 private:
  std::size_t steps_;
  std::vector<double> y_;
};

}  // namespace nabla::bench
