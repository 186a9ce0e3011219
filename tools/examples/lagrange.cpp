// SPDX-License-Identifier: MIT
// Lagrange multipliers by Newton's method.
//
//   least x + y with x^2 + y^2 = 1
//   L(x, y, m) = x + y + m (x^2 + y^2 - 1)      grad L = 0 where the constraint holds and
//                                               grad (x + y) = -m grad (x^2 + y^2)
//   p <- p - H^-1 grad L(p)                     (Newton, H the Hessian of L)
//
// The answer is x = y = -1/sqrt(2) with m = 1/sqrt(2): -sqrt(2) is the least sum. Each step doubles
// the number of right digits. The point is no minimum of L but a saddle, which descent would leave.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"
#include "solve.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("the least x + y on the unit circle");
  const auto L = [](const auto& p) {
    const auto &x = p[0], &y = p[1], &m = p[2];
    return x + y + m * (x * x + y * y - 1);
  };
  const double root = 1 / std::sqrt(2.0);

  std::vector<double> p{-1.0, -0.4, 1.0}, errors;
  for (int step = 0; step < 8; ++step) {
    errors.push_back(std::hypot(p[0] + root, p[1] + root, p[2] - root));
    fmt::print("  step {}   x = {:18.15f}   y = {:18.15f}   m = {:17.15f}   error {:.1e}\n", step,
               p[0], p[1], p[2], errors.back());
    const std::vector<double> change = examples::solve(hessian(L, p), gradient(L, p));
    for (std::size_t i = 0; i < p.size(); ++i) p[i] -= change[i];
  }

  lesson.claim("(x, y, m) = (-1, -1, 1) / sqrt(2)", p, std::vector{-root, -root, root}, 1e-15);
  lesson.claim("the least x + y", p[0] + p[1], -std::sqrt(2.0), 1e-15);
  lesson.claim("the point lies on the circle", p[0] * p[0] + p[1] * p[1], 1.0, 1e-15);
  lesson.claim("grad L is 0 there", gradient(L, p), std::vector{0.0, 0.0, 0.0}, 1e-15);

  bool doubles_digits = true;
  for (std::size_t i = 3; i < 6; ++i) {
    doubles_digits =
        doubles_digits && errors[i] <= std::max(2 * errors[i - 1] * errors[i - 1], 1e-15);
  }
  lesson.claim("each step squares the error", doubles_digits);

  const Tensor H = hessian(L, p);
  const std::vector<double> theory{2 * root,  0,         -2 * root, 0, 2 * root,
                                   -2 * root, -2 * root, -2 * root, 0};
  lesson.claim("H = (2m 0 2x; 0 2m 2y; 2x 2y 0)", H.to_vector(), theory, 1e-14);
  return lesson.status();
}
