// SPDX-License-Identifier: MIT
// y <- y w: one multiplication a statement, each waits for the one before.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace nabla::bench {

struct Chain1 {
  static constexpr std::string_view name = "chain1";
  explicit Chain1(std::size_t ops) : operations(static_cast<double>(ops)), steps_(ops) {}
  double operations;

  // Close to 1, so that ten million products stay near 1.
  std::vector<double> inputs() const { return {1.0, 1.0 + 1e-7}; }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    T y = x[0];
    const T& w = x[1];
    for (std::size_t i = 0; i < steps_; ++i) y = y * w;
    return y;
  }

  // y_{i+1} = y_i w, so dy_i = dy_{i+1} w and dw = sum y_i dy_{i+1}.
  void gradient_by_hand(std::span<const double> x, std::span<double> g) {
    y_.resize(steps_ + 1);
    y_[0] = x[0];
    for (std::size_t i = 0; i < steps_; ++i) y_[i + 1] = y_[i] * x[1];
    double dy = 1;
    double dw = 0;
    for (std::size_t i = steps_; i-- > 0;) {
      dw += y_[i] * dy;
      dy *= x[1];
    }
    g[0] = dy;
    g[1] = dw;
  }

 private:
  std::size_t steps_;
  std::vector<double> y_;
};

}  // namespace nabla::bench
