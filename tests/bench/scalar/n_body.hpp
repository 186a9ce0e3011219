// SPDX-License-Identifier: MIT
// Bodies that attract each other, a few steps of the leapfrog method; the result is the kinetic
// energy at the end. The inputs are masses, positions and velocities.
#pragma once

#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct NBody {
  static constexpr std::string_view name = "n_body";
  NBody(std::size_t bodies, std::size_t steps) : n_(bodies), steps_(steps) {
    operations = static_cast<double>(steps * (n_ * (n_ - 1) / 2 * 25 + 12 * n_) + 8 * n_);
  }
  double operations;

  std::vector<double> inputs() const {
    Numbers numbers(9);
    std::vector<double> x = numbers.uniforms(n_, 0.5, 1.5);
    for (const double position : numbers.uniforms(3 * n_, -1, 1)) x.push_back(position);
    for (const double velocity : numbers.uniforms(3 * n_, -0.1, 0.1)) x.push_back(velocity);
    return x;
  }

  // The velocities at the end.
  template <class T>
  std::vector<T> results(const std::vector<T>& x) const {
    const auto begin = x.begin();
    const auto count = static_cast<std::ptrdiff_t>(n_);
    std::vector<T> position(begin + count, begin + 4 * count);
    std::vector<T> velocity(begin + 4 * count, begin + 7 * count);
    for (std::size_t step = 0; step < steps_; ++step) {
      const std::vector<T> acceleration = attraction(x, position);
      for (std::size_t i = 0; i < 3 * n_; ++i) {
        velocity[i] += kStep * acceleration[i];
        position[i] += kStep * velocity[i];
      }
    }
    return velocity;
  }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    const std::vector<T> velocity = results(x);
    T energy = 0.0;
    for (std::size_t i = 0; i < n_; ++i) {
      const T* v = &velocity[3 * i];
      energy += 0.5 * x[i] * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    }
    return energy;
  }

 private:
  template <class T>
  std::vector<T> attraction(const std::vector<T>& mass, const std::vector<T>& position) const {
    using std::sqrt;
    std::vector<T> a(3 * n_);
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const T dx = position[3 * i] - position[3 * j];
        const T dy = position[3 * i + 1] - position[3 * j + 1];
        const T dz = position[3 * i + 2] - position[3 * j + 2];
        const T r2 = dx * dx + dy * dy + dz * dz + kSoftening;
        const T f = 1.0 / (r2 * sqrt(r2));
        const T fi = f * mass[j];
        const T fj = f * mass[i];
        a[3 * i] -= fi * dx;
        a[3 * i + 1] -= fi * dy;
        a[3 * i + 2] -= fi * dz;
        a[3 * j] += fj * dx;
        a[3 * j + 1] += fj * dy;
        a[3 * j + 2] += fj * dz;
      }
    }
    return a;
  }

  static constexpr double kStep = 0.01;
  static constexpr double kSoftening = 0.01;
  std::size_t n_, steps_;
};

}  // namespace nabla::bench
