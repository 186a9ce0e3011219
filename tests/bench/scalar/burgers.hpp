// SPDX-License-Identifier: MIT
// Burgers' equation u_t + u u_x = nu u_xx by explicit steps on a line with fixed ends:
// u <- u - dt (u (r - l) c - nu' (r - 2 u + l)), ten operations a statement.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace nabla::bench {

struct Burgers {
  static constexpr std::string_view name = "burgers";
  Burgers(std::size_t points, std::size_t steps)
      : operations(static_cast<double>(10 * (points - 2) * steps + points)),
        points_(points),
        steps_(steps) {}
  double operations;

  std::vector<double> inputs() const {
    std::vector<double> u(points_);
    for (std::size_t i = 0; i < points_; ++i)
      u[i] =
          std::sin(6.283185307179586 * static_cast<double>(i) / static_cast<double>(points_ - 1));
    return u;
  }

  // The state at the end.
  template <class T>
  std::vector<T> results(const std::vector<T>& x) const {
    std::vector<T> u = x;
    std::vector<T> next = x;
    for (std::size_t step = 0; step < steps_; ++step) {
      for (std::size_t i = 1; i + 1 < points_; ++i) {
        next[i] = u[i] - kStep * (u[i] * (u[i + 1] - u[i - 1]) * kSlope -
                                  kDiffusion * (u[i + 1] - 2.0 * u[i] + u[i - 1]));
      }
      std::swap(u, next);
    }
    return u;
  }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    const std::vector<T> u = results(x);
    T sum = 0.0;
    for (std::size_t i = 0; i < points_; ++i) sum += u[i];
    return sum;
  }

  void gradient_by_hand(std::span<const double> x, std::span<double> g) {
    const std::size_t n = points_;
    all_.resize(n * (steps_ + 1));
    for (std::size_t i = 0; i < n; ++i) all_[i] = x[i];
    for (std::size_t step = 0; step < steps_; ++step) {
      const double* u = &all_[step * n];
      double* next = &all_[step * n + n];
      next[0] = u[0];
      next[n - 1] = u[n - 1];
      for (std::size_t i = 1; i + 1 < n; ++i)
        next[i] = u[i] - kStep * (u[i] * (u[i + 1] - u[i - 1]) * kSlope -
                                  kDiffusion * (u[i + 1] - 2.0 * u[i] + u[i - 1]));
    }
    std::vector<double> d(n, 1.0);
    for (std::size_t step = steps_; step-- > 0;) step_back(&all_[step * n], d, g);
    for (std::size_t i = 0; i < n; ++i) g[i] = d[i];
  }

 private:
  static constexpr double kStep = 0.05;
  static constexpr double kSlope = 0.5;
  static constexpr double kDiffusion = 0.75;

  // What the three neighbours' statements at i - 1, i and i + 1 say about u_i.
  void step_back(const double* u, std::vector<double>& d, std::span<double> before) const {
    const std::size_t n = points_;
    const auto by_left = [&](std::size_t i) { return kStep * (u[i] * kSlope + kDiffusion); };
    const auto by_right = [&](std::size_t i) { return kStep * (kDiffusion - u[i] * kSlope); };
    before[0] = d[0] + d[1] * by_left(1);
    before[n - 1] = d[n - 1] + d[n - 2] * by_right(n - 2);
    for (std::size_t i = 1; i + 1 < n; ++i) {
      double sum = d[i] * (1 - kStep * ((u[i + 1] - u[i - 1]) * kSlope + 2 * kDiffusion));
      if (i > 1) sum += d[i - 1] * by_right(i - 1);
      if (i + 2 < n) sum += d[i + 1] * by_left(i + 1);
      before[i] = sum;
    }
    for (std::size_t i = 0; i < n; ++i) d[i] = before[i];
  }

  std::size_t points_, steps_;
  std::vector<double> all_;
};

}  // namespace nabla::bench
