// SPDX-License-Identifier: MIT
// Lorenz's system by the classical Runge-Kutta method. The inputs are the start and the parameters.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace nabla::bench {

struct Ode {
  static constexpr std::string_view name = "ode";
  explicit Ode(std::size_t steps)
      : operations(71.0 * static_cast<double>(steps) + 5), steps_(steps) {}
  double operations;

  std::vector<double> inputs() const { return {1.0, 0.5, 2.0, 10.0, 14.0, 2.6667}; }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    using State = std::array<T, 3>;
    const auto slope = [&](const State& s) {
      return State{x[3] * (s[1] - s[0]), s[0] * (x[4] - s[2]) - s[1], s[0] * s[1] - x[5] * s[2]};
    };
    const auto moved = [](const State& s, double h, const State& k) {
      return State{s[0] + h * k[0], s[1] + h * k[1], s[2] + h * k[2]};
    };
    State s{x[0], x[1], x[2]};
    for (std::size_t step = 0; step < steps_; ++step) {
      const State a = slope(s);
      const State b = slope(moved(s, kStep / 2, a));
      const State c = slope(moved(s, kStep / 2, b));
      const State d = slope(moved(s, kStep, c));
      for (std::size_t i = 0; i < 3; ++i)
        s[i] += kStep / 6 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]);
    }
    return s[0] * s[0] + s[1] * s[1] + s[2] * s[2];
  }

 private:
  static constexpr double kStep = 0.002;
  std::size_t steps_;
};

}  // namespace nabla::bench
