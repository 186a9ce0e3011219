// SPDX-License-Identifier: MIT
// The first-order Taylor approximation and the order of its error.
//
//   f(a + h u) = f(a) + h grad f(a) . u + R(h)      R(h) = h^2 / 2 u^T H u + O(h^3)
//
// Halving h divides the error R by four: on two logarithmic axes it is a line of slope 2, and
// R / h^2 tends to half the second derivative along u.
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("the error of the first-order Taylor approximation is of order 2");
  const auto f = [](const auto& p) { return exp(p[0]) * sin(p[1]); };
  const std::vector<double> a{0.5, 1.0}, u{0.6, 0.8};

  const auto [f_of_a, g] = value_and_gradient(f, a);
  const double slope_along_u = g[0] * u[0] + g[1] * u[1];
  const std::vector<double> Hu = hvp(f, a, u);
  const double half_curvature = (u[0] * Hu[0] + u[1] * Hu[1]) / 2;

  double order = 0.0, ratio = 0.0, error_before = 0.0;
  for (double h = 0x1p-2; h >= 0x1p-12; h /= 2) {
    const double exact = f(std::vector{a[0] + h * u[0], a[1] + h * u[1]});
    const double approximation = f_of_a + h * slope_along_u;
    const double error = std::abs(exact - approximation);
    order = std::log2(error_before / error);
    ratio = (exact - approximation) / (h * h);
    fmt::print("  h = {:8.6f}   f = {:.9f}   approximation {:.9f}   error {:.3e}   order {}\n", h,
               exact, approximation, error, error_before == 0 ? "-" : fmt::format("{:.4f}", order));
    error_before = error;
  }

  // At h = 2^-12 the next term of the series still changes both by about h.
  lesson.claim("the order of the error", order, 2.0, 1e-3);
  lesson.claim("error / h^2 tends to u^T H u / 2", ratio, half_curvature, 1e-3);
  const double dx = std::exp(0.5) * std::sin(1.0), dy = std::exp(0.5) * std::cos(1.0);
  lesson.claim("the gradient (e^x sin y, e^x cos y)", g, std::vector{dx, dy}, 1e-15);
  return lesson.status();
}
