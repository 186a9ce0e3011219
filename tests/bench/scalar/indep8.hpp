// SPDX-License-Identifier: MIT
// y_k <- y_k w_k for eight k in turn: one multiplication a statement, eight of them independent.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace nabla::bench {

struct Indep8 {
  static constexpr std::string_view name = "indep8";
  explicit Indep8(std::size_t ops) : operations(static_cast<double>(ops)), steps_(ops / 8) {}
  double operations;

  std::vector<double> inputs() const {
    std::vector<double> x(16);
    for (std::size_t k = 0; k < 8; ++k) {
      x[k] = 1.0 + 0.125 * static_cast<double>(k);
      x[k + 8] = 1.0 + 1e-7 * static_cast<double>(k);
    }
    return x;
  }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    std::array<T, 8> y;
    for (std::size_t k = 0; k < 8; ++k) y[k] = x[k];
    for (std::size_t i = 0; i < steps_; ++i) {
      for (std::size_t k = 0; k < 8; ++k) y[k] = y[k] * x[k + 8];
    }
    T sum = y[0];
    for (std::size_t k = 1; k < 8; ++k) sum += y[k];
    return sum;
  }

  void gradient_by_hand(std::span<const double> x, std::span<double> g) {
    y_.resize(8 * steps_ + 8);
    for (std::size_t k = 0; k < 8; ++k) y_[k] = x[k];
    for (std::size_t i = 0; i < 8 * steps_; ++i) y_[i + 8] = y_[i] * x[i % 8 + 8];
    std::array<double, 8> dy, dw{};
    dy.fill(1);
    for (std::size_t i = steps_; i-- > 0;) {
      for (std::size_t k = 0; k < 8; ++k) {
        dw[k] += y_[8 * i + k] * dy[k];
        dy[k] *= x[k + 8];
      }
    }
    for (std::size_t k = 0; k < 8; ++k) {
      g[k] = dy[k];
      g[k + 8] = dw[k];
    }
  }

 private:
  std::size_t steps_;
  std::vector<double> y_;
};

}  // namespace nabla::bench
