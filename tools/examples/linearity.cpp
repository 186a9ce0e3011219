// SPDX-License-Identifier: MIT
// Differentiation is linear.
//
//   D(a f + b g) = a Df + b Dg       for functions f, g and numbers a, b
//
// On scalars with random a and b, and on a tensor with a loss that is a sum of two parts: one sweep
// over the sum gives what two sweeps over the parts give, added.
#include <cstddef>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("the derivative of a sum is the sum of the derivatives");
  const auto f = [](const auto& p) { return exp(p[0]) * p[1]; };
  const auto g = [](const auto& p) { return sin(p[0] * p[1]) + p[1] * p[1]; };

  Random random(8);
  std::vector<double> of_the_sum, sum_of_both;
  for (int i = 0; i < 100; ++i) {
    const std::vector<double> p{random.normal(), random.normal()};
    const double a = random.normal(), b = random.normal();
    const auto both = [&](const auto& q) { return a * f(q) + b * g(q); };
    const std::vector<double> D = gradient(both, p), Df = gradient(f, p), Dg = gradient(g, p);
    for (std::size_t k = 0; k < p.size(); ++k) {
      of_the_sum.push_back(D[k]);
      sum_of_both.push_back(a * Df[k] + b * Dg[k]);
    }
    if (i < 3) {
      fmt::print("  a = {:6.3f}, b = {:6.3f}   D(a f + b g) = {:9.6f}   a Df + b Dg = {:9.6f}\n", a,
                 b, D[0], a * Df[0] + b * Dg[0]);
    }
  }
  // Some products are as large as 100; twenty roundings of them are below 1e-12.
  lesson.claim("D(a f + b g) = a Df + b Dg at 100 points", of_the_sum, sum_of_both, 1e-12);

  Tensor x = variable(randn({4, 3}, random, float64), "x");
  Tensor squares = x.square().sum(), logistic = softplus(x).sum();
  const auto [Dsquares] = grad(squares, wrt(x), {.retain_graph = true});
  const auto [Dlogistic] = grad(logistic, wrt(x), {.retain_graph = true});
  const auto [Dboth] = grad(3 * squares - 2 * logistic, wrt(x));
  lesson.claim("the same on a tensor", Dboth.to_vector(),
               (3 * Dsquares - 2 * Dlogistic).to_vector(), 1e-14);
  return lesson.status();
}
