// SPDX-License-Identifier: MIT
// Cross entropy cancels the slope of the sigmoid; the squared error keeps it.
//
//   p = s(z)     C = -[t log p + (1 - t) log(1 - p)]     dC/dz = p - t
//                Q = 1/2 (p - t)^2                       dQ/dz = (p - t) p (1 - p)
//
// dC/dp = (p - t) / (p (1 - p)) has just the slope p (1 - p) of the sigmoid below. So a neuron that
// is certain and wrong (z = -10, t = 1) is pulled with the full force of 1 by cross entropy, and
// with 0.00005 by the squared error. Descent with rate 1 follows dz/dn = -dC/dz, so z takes n steps:
//
//   n = [z + e^z] with C      n = [-e^-z + 3z + 3e^z + e^2z / 2] with Q      between its two ends
//
// From -10 to log 9, where p = 0.9, these are 21 steps and 22,130 steps.
#include <cmath>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

namespace {

// Steps of descent with rate 1 from z = -10 until the neuron answers more than 0.9; t is 1.
template <class Loss>
int steps_to_learn(const Loss& loss) {
  std::vector<double> z{-10.0};
  int steps = 0;
  while (sigmoid(z[0]) <= 0.9) {
    z[0] -= gradient(loss, z)[0];
    ++steps;
  }
  return steps;
}

}  // namespace

int main() {
  examples::Lesson lesson("cross entropy cancels the sigmoid's slope, the squared error does not");
  const double t = 1;
  const auto C = [&](const auto& z) { return bce_with_logits(z[0], t); };
  const auto Q = [&](const auto& z) { return square(sigmoid(z[0]) - t) / 2; };
  const auto stepwise = [&](const auto& z) {
    return -(t * log(sigmoid(z[0])) + (1 - t) * log(1 - sigmoid(z[0])));
  };

  std::vector<double> dC, dC_stepwise, dQ, dC_theory, dQ_theory;
  for (const double z : {-10.0, -5.0, -1.0, 0.0, 1.0, 5.0}) {
    const std::vector<double> at{z};
    const double p = 1 / (1 + std::exp(-z));
    dC.push_back(gradient(C, at)[0]);
    dC_stepwise.push_back(gradient(stepwise, at)[0]);
    dQ.push_back(gradient(Q, at)[0]);
    dC_theory.push_back(p - t);
    dQ_theory.push_back((p - t) * p * (1 - p));
    fmt::print("  z = {:5.1f}   p = {:.6f}   dC/dz = {:9.6f}   dQ/dz = {:9.6f}\n", z, p, dC.back(),
               dQ.back());
  }
  lesson.claim("dC/dz = p - t", dC, dC_theory, 1e-15);
  lesson.claim("dC/dz = p - t, step by step", dC_stepwise, dC_theory, 1e-15);
  lesson.claim("dQ/dz = (p - t) p (1 - p)", dQ, dQ_theory, 1e-15);

  const int with_C = steps_to_learn(C), with_Q = steps_to_learn(Q);
  fmt::print("  from z = -10 to p > 0.9: {} steps with C, {} steps with Q\n", with_C, with_Q);
  const double z0 = -10, z1 = std::log(9.0);
  const auto n_C = [](double z) { return z + std::exp(z); };
  const auto n_Q = [](double z) {
    return -std::exp(-z) + 3 * z + 3 * std::exp(z) + std::exp(2 * z) / 2;
  };
  // Whole steps follow the curve up to a few of them.
  lesson.claim("steps with cross entropy", with_C, n_C(z1) - n_C(z0), 5);
  lesson.claim("steps with the squared error", with_Q, n_Q(z1) - n_Q(z0), 10);
  return lesson.status();
}
