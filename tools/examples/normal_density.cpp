// SPDX-License-Identifier: MIT
// The density of the normal distribution and its two derivatives.
//
//   phi(x) = e^(-x^2 / 2) / sqrt(2 pi)      phi' = -x phi      phi'' = (x^2 - 1) phi
//
// The first derivative vanishes at 0 alone, the maximum; the second changes its sign at -1 and 1,
// the points of inflection, one standard deviation from the mean.
#include <cmath>
#include <numbers>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

namespace {

const auto phi = [](const auto& p) {
  return exp(-p[0] * p[0] / 2) / std::sqrt(2 * std::numbers::pi);
};

double second_derivative(double x) { return hessian(phi, std::vector{x}).item(); }

// The zero of the second derivative between l and r, by bisection.
double inflection(double l, double r) {
  while (r - l > 1e-14) {
    const double middle = (l + r) / 2;
    (std::signbit(second_derivative(middle)) == std::signbit(second_derivative(l)) ? l : r) =
        middle;
  }
  return (l + r) / 2;
}

}  // namespace

int main() {
  examples::Lesson lesson("the normal density");
  std::vector<double> first, first_theory, second, second_theory;
  bool maximum_at_0 = true;
  for (int x4 = -16; x4 <= 16; ++x4) {
    const double x = x4 / 4.0;
    const auto [y, slope] = value_and_gradient(phi, std::vector{x});
    first.push_back(slope[0]);
    first_theory.push_back(-x * y);
    second.push_back(second_derivative(x));
    second_theory.push_back((x * x - 1) * y);
    maximum_at_0 = maximum_at_0 && (x == 0 || y < phi(std::vector{0.0}));
    if (x4 % 4 == 0) {
      fmt::print("  x = {:4.1f}   phi = {:.6f}   phi' = {:9.6f}   phi'' = {:9.6f}\n", x, y,
                 slope[0], second.back());
    }
  }
  lesson.claim("phi' = -x phi at 33 points", first, first_theory, 3e-16);
  lesson.claim("phi'' = (x^2 - 1) phi", second, second_theory, 3e-16);
  lesson.claim("the slope is 0 at 0", first[16], 0.0, 0.0);
  lesson.claim("and there is the maximum", maximum_at_0);
  lesson.claim("inflection on the right", inflection(0.5, 2.0), 1.0, 1e-13);
  lesson.claim("inflection on the left", inflection(-2.0, -0.5), -1.0, 1e-13);
  return lesson.status();
}
