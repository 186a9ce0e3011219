// SPDX-License-Identifier: MIT
// A 2-3-1 network written out by hand.
//
//   z_j = w_j1 x1 + w_j2 x2 + b_j     a_j = s(z_j)            j = 1, 2, 3
//   y   = v_1 a_1 + v_2 a_2 + v_3 a_3 + c                     E = 1/2 (y - t)^2
//
//   dE/dy   = y - t         dE/dv_j = (y - t) a_j             dE/dc   = y - t
//   dE/dz_j = (y - t) v_j a_j (1 - a_j)
//   dE/dw_ji = dE/dz_j x_i                                    dE/db_j = dE/dz_j
//
// All 13 derivatives by these formulas, in plain numbers, beside those of the engine, which got the
// network as nn::Mlp and never saw them.
#include <cmath>
#include <cstddef>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("the 2-3-1 network by hand and by the engine");
  const std::vector<double> x{0.5, -1.0};
  const double t = 0.7;

  Random random(231);
  nn::Mlp net({2, 3, 1}, {.hidden = nn::Activation::sigmoid}, random);
  const Value y_ours = net(x)[0];
  backward(square(y_ours - t) / 2);

  // In the order of the engine: w_j1, w_j2, b_j of each hidden neuron, then v_1, v_2, v_3, c.
  std::vector<double> p, ours;
  for (const Value& parameter : net.parameters()) {
    p.push_back(parameter.value());
    ours.push_back(parameter.grad());
  }
  const double *w = p.data(), *v = p.data() + 9, c = p[12];

  double a[3], y = c;
  for (std::size_t j = 0; j < 3; ++j) {
    const double z = w[3 * j] * x[0] + w[3 * j + 1] * x[1] + w[3 * j + 2];
    a[j] = 1 / (1 + std::exp(-z));
    y += v[j] * a[j];
  }

  std::vector<double> by_hand;
  for (std::size_t j = 0; j < 3; ++j) {
    const double dz = (y - t) * v[j] * a[j] * (1 - a[j]);
    by_hand.insert(by_hand.end(), {dz * x[0], dz * x[1], dz});
  }
  by_hand.insert(by_hand.end(), {(y - t) * a[0], (y - t) * a[1], (y - t) * a[2], y - t});

  for (std::size_t i = 0; i < p.size(); ++i) {
    fmt::print("  {:3} = {:9.6f}   ours {:13.10f}   by hand {:13.10f}\n",
               net.parameters()[i].name(), p[i], ours[i], by_hand[i]);
  }
  lesson.claim("2 * 3 + 3 + 3 + 1 parameters", static_cast<double>(p.size()), 13, 0);
  lesson.claim("the output y", y_ours.value(), y, 1e-15);
  lesson.claim("all 13 derivatives", ours, by_hand, 1e-15);
  return lesson.status();
}
