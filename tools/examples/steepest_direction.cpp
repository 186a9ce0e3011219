// SPDX-License-Identifier: MIT
// The negative gradient is the direction of steepest descent.
//
//   D_u f = lim (f(p + h u) - f(p)) / h = grad f . u         for a direction u, |u| = 1
//   |grad f . u| <= |grad f| |u|                             (Cauchy-Schwarz)
//
// So no direction falls faster than -|grad f|, and -grad f / |grad f| reaches it. The slopes D_u f
// are taken in forward mode, with f(p + u e), e^2 = 0, and the gradient in reverse mode: two ways
// that share the derivatives of single operations and nothing else.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

namespace {

const auto f = [](const auto& p) { return p[0] * p[0] * p[1] + sin(p[1] * p[2]) + exp(-p[2]); };

double slope_along(const std::vector<double>& p, const std::vector<double>& u) {
  std::vector<Dual<double>> q;
  for (std::size_t i = 0; i < p.size(); ++i) q.emplace_back(p[i], u[i]);
  const Dual<double> y = f(q);
  return y.tangent();
}

double dot_product(const std::vector<double>& a, const std::vector<double>& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

std::vector<double> unit(const std::vector<double>& a) {
  const double length = std::sqrt(dot_product(a, a));
  return {a[0] / length, a[1] / length, a[2] / length};
}

}  // namespace

int main() {
  examples::Lesson lesson("the negative gradient is the steepest of 1,000 directions");
  const std::vector<double> p{1.0, 2.0, 0.5};
  const std::vector<double> g = gradient(f, p);
  const double length = std::sqrt(dot_product(g, g));

  Random random(4);
  std::vector<double> slopes, products;
  for (int i = 0; i < 1000; ++i) {
    const std::vector<double> u = unit({random.normal(), random.normal(), random.normal()});
    slopes.push_back(slope_along(p, u));
    products.push_back(dot_product(g, u));
  }
  const double steepest = *std::ranges::min_element(slopes);
  fmt::print("  -|grad f| = {:.6f}, steepest of 1,000 directions {:.6f}\n", -length, steepest);

  lesson.claim("D_u f = grad f . u in all 1,000 directions", slopes, products, 1e-14 * length);
  lesson.claim("none falls faster than -|grad f|", steepest >= -length);
  lesson.claim("the best of them comes close", steepest, -length, 0.01 * length);
  const std::vector<double> down = unit({-g[0], -g[1], -g[2]});
  lesson.claim("-grad f / |grad f| reaches it", slope_along(p, down), -length, 1e-14 * length);
  return lesson.status();
}
