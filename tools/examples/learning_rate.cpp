// SPDX-License-Identifier: MIT
// How large a step may be.
//
//   f(x, y) = (5x^2 + 4xy + 2y^2) / 2      H = (5 2; 2 2), eigenvalues 1 and L = 6
//   p <- p - rate grad f(p) = (I - rate H) p
//
// Along the eigenvector of an eigenvalue h a step multiplies p by 1 - rate h. All factors are less
// than 1 in size exactly when 0 < rate < 2/L: below, descent converges; above, it runs away; at
// 2/L the part along L's eigenvector (2, 1) turns over for ever. L is found by power iteration,
// v <- H v / |H v|, with products of the Hessian and a vector.
#include <cmath>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

namespace {

const auto f = [](const auto& p) {
  return (5 * p[0] * p[0] + 4 * p[0] * p[1] + 2 * p[1] * p[1]) / 2;
};

double length(const std::vector<double>& p) { return std::hypot(p[0], p[1]); }

double largest_eigenvalue() {
  std::vector<double> v{1.0, 0.0};
  double h = 0.0;
  for (int i = 0; i < 40; ++i) {
    const std::vector<double> hv = hvp(f, std::vector<double>{0.0, 0.0}, v);
    h = length(hv);
    v = {hv[0] / h, hv[1] / h};
  }
  return h;
}

std::vector<double> descend(double rate, int steps) {
  std::vector<double> p{1.0, 1.0};
  for (int i = 0; i < steps; ++i) {
    const std::vector<double> g = gradient(f, p);
    p = {p[0] - rate * g[0], p[1] - rate * g[1]};
  }
  return p;
}

}  // namespace

int main() {
  examples::Lesson lesson("gradient descent converges exactly when the rate is below 2/L");
  const double L = largest_eigenvalue();
  lesson.claim("L, the largest eigenvalue of the Hessian", L, 6.0, 1e-12);

  const int steps = 500;
  bool converges_below = true, runs_away_above = true;
  for (const double c : {0.1, 0.5, 0.9, 0.99, 1.01, 1.1, 1.5}) {
    const double size = length(descend(c * 2 / L, steps));
    fmt::print("  rate = {:4.2f} * 2/L   |p| after {} steps = {:.3e}\n", c, steps, size);
    if (c < 1) converges_below = converges_below && size < 1e-3;
    if (c > 1) runs_away_above = runs_away_above && size > 1e3;
  }
  lesson.claim("every rate below 2/L converges", converges_below);
  lesson.claim("every rate above 2/L runs away", runs_away_above);

  // The start (1, 1) has the part (2 + 1) / sqrt(5) along (2, 1) / sqrt(5).
  const std::vector<double> p = descend(2.0 / 6.0, steps);
  lesson.claim("at 2/L the part along (2, 1) neither grows nor shrinks",
               (2 * p[0] + p[1]) / std::sqrt(5.0), 3 / std::sqrt(5.0), 1e-10);
  return lesson.status();
}
