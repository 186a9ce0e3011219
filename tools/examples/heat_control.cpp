// SPDX-License-Identifier: MIT
// How to heat a rod such that its temperature becomes a given one: control of the heat equation.
//
//   du/dt = d2u/dx2 + c(x),   u = 0 at both ends and at t = 0,   c a sum of heaters p[k]
//   u[i] <- u[i] + r (u[i-1] - 2 u[i] + u[i+1]) + dt c[i]             5,000 explicit steps
//   loss  = sum_i (u[i] - target[i])^2 at the end, least by descent on p
//
// On one tape each step leaves a statement a point. gradient_of_loop keeps 20 states and the statements
// of one step, and computes steps again. The loss is a quadratic function of p, so three heaters that
// made the target are found again.
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

namespace {

constexpr std::size_t kPoints = 40, kHeaters = 3, kSteps = 5'000, kSnapshots = 20;
constexpr double kSpace = 1.0 / (kPoints + 1), kRatio = 0.4, kTime = kRatio * kSpace * kSpace;

// Heater k is a half-wave with k + 1 humps.
double heater(std::size_t k, std::size_t i) {
  return std::sin(std::numbers::pi * static_cast<double>((k + 1) * (i + 1)) * kSpace);
}

struct Step {
  template <class T>
  std::vector<T> operator()(std::size_t, const std::vector<T>& u, const std::vector<T>& p) const {
    std::vector<T> next(u.size());
    for (std::size_t i = 0; i < u.size(); ++i) {
      const T left = i > 0 ? u[i - 1] : T(0), right = i + 1 < u.size() ? u[i + 1] : T(0);
      next[i] = u[i] + kRatio * (left - 2.0 * u[i] + right) +
                kTime * (p[0] * heater(0, i) + p[1] * heater(1, i) + p[2] * heater(2, i));
    }
    return next;
  }
};

struct Loss {
  std::vector<double> target;
  template <class T>
  T operator()(const std::vector<T>& u, const std::vector<T>&) const {
    T sum = 0;
    for (std::size_t i = 0; i < u.size(); ++i) sum += (u[i] - target[i]) * (u[i] - target[i]);
    return sum;
  }
};

}  // namespace

int main() {
  examples::Lesson lesson("a rod heated to a given temperature");
  const std::vector<double> start(kPoints, 0.0), truth{8.0, -5.0, 3.0};
  std::vector<double> end = start;
  for (std::size_t i = 0; i < kSteps; ++i) end = Step()(i, end, truth);
  const Loss loss{end};

  std::vector<double> p(kHeaters, 0.0), on_one_tape(kHeaters);
  LoopGradient g;
  const LoopOptions options{.steps = kSteps, .snapshots = kSnapshots};
  const double loop_ms =
      examples::milliseconds([&] { g = gradient_of_loop(Step(), loss, start, p, options); });
  std::size_t tape_bytes = 0;
  const double tape_ms = examples::milliseconds([&] {
    Tape tape;
    const std::vector<Value> heat = variables(p);
    std::vector<Value> u(kPoints);
    for (std::size_t i = 0; i < kSteps; ++i) u = Step()(i, u, heat);
    backward(loss(u, heat));
    tape.gradients(heat, on_one_tape);
    const TapeStatistics used = tape.statistics();
    tape_bytes = used.stream_bytes + used.value_bytes + used.adjoint_bytes;
  });
  const std::size_t kept_bytes = kSnapshots * kPoints * sizeof(double);
  fmt::print("  one tape: {:.1f} MB, {:.1f} ms; {} states: {:.1f} kB, {:.1f} ms ({:.2f} times)\n",
             1e-6 * static_cast<double>(tape_bytes), tape_ms, kSnapshots,
             1e-3 * static_cast<double>(kept_bytes), loop_ms, loop_ms / tape_ms);
  fmt::print("  {} steps, computed {:.2f} times and recorded once\n", kSteps,
             static_cast<double>(g.steps_computed) / kSteps);
  lesson.claim("the gradient is that of one tape", g.parameters, on_one_tape, 1e-9);
  lesson.claim("the states take less than a thousandth of the tape",
               1000 * kept_bytes < tape_bytes);
  lesson.claim("no step is computed more than 4 times", g.steps_computed <= 4 * kSteps);

  // Each hump answers for itself: its curvature is twice the square of what a unit of it does.
  for (int round = 0; round < 2; ++round) {
    fmt::print("  round {}   loss {:.3e}   p = ({:.6f}, {:.6f}, {:.6f})\n", round, g.value, p[0],
               p[1], p[2]);
    for (std::size_t k = 0; k < kHeaters; ++k) {
      std::vector<double> unit(kHeaters, 0.0), u = start;
      unit[k] = 1.0;
      for (std::size_t i = 0; i < kSteps; ++i) u = Step()(i, u, unit);
      double curvature = 0.0;
      for (const double x : u) curvature += 2.0 * x * x;
      p[k] -= g.parameters[k] / curvature;
    }
    g = gradient_of_loop(Step(), loss, start, p, options);
  }
  lesson.claim("the heaters are found", p, truth, 1e-9);
  lesson.claim("the temperature is the given one: loss", g.value, 0.0, 1e-20);
  return lesson.status();
}
