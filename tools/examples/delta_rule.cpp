// SPDX-License-Identifier: MIT
// The delta rule of error backpropagation, on a 12-3-2 network.
//
//   a = s(W1 x + b1)      y = s(W2 a + b2)      E = 1/2 sum (y - t)^2
//
//   delta2_k = (y_k - t_k) y_k (1 - y_k)                    dE/dW2_kj = delta2_k a_j
//   delta1_j = a_j (1 - a_j) sum_k W2_kj delta2_k           dE/dW1_ji = delta1_j x_i
//   dE/db    = delta
//
// The deltas go back through the weights that the signals came through. All 47 gradients of the
// rule, written as above, beside those of the engine, which got the network and never saw the rule.
#include <cstddef>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("the delta rule equals the engine's gradients");
  // The digit 0 on 4 rows of 3 pixels, and what the two outputs shall say: 0, not 1.
  const Tensor x = tensor({1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1}, float64);
  const Tensor t = tensor({1, 0}, float64);

  Random random(16);
  nn::Sequential net{nn::Dense(12, 3, random, {.dtype = float64}), nn::Sigmoid(),
                     nn::Dense(3, 2, random, {.dtype = float64}), nn::Sigmoid()};
  Tensor E = nn::half_sum_of_squares(net(x), t);
  backward(E);
  std::vector<double> ours;
  for (const Tensor& parameter : net.parameters()) {
    for (const double g : parameter.grad().to_vector()) ours.push_back(g);
  }

  NoGrad no_grad;
  const std::vector<Tensor> p = net.parameters();
  const Tensor W1 = p[0], b1 = p[1], W2 = p[2], b2 = p[3];
  const Tensor a = sigmoid(matmul(W1, x) + b1);
  const Tensor y = sigmoid(matmul(W2, a) + b2);
  const Tensor delta2 = (y - t) * y * (1 - y);
  const Tensor delta1 = a * (1 - a) * matmul(W2.transpose(), delta2);
  std::vector<double> by_rule;
  for (const Tensor& gradient : {outer(delta1, x), delta1, outer(delta2, a), delta2}) {
    for (const double g : gradient.to_vector()) by_rule.push_back(g);
  }

  for (const std::size_t i : {0u, 35u, 36u, 38u, 39u, 44u, 46u}) {
    fmt::print("  gradient {:2}   ours {:18.15f}   delta rule {:18.15f}\n", i, ours[i], by_rule[i]);
  }
  lesson.claim("12 * 3 + 3 + 3 * 2 + 2 parameters", static_cast<double>(ours.size()), 47, 0);
  // Below 0.2 and computed in some thirty roundings of at most 1.4e-17 each.
  lesson.claim("all 47 gradients", ours, by_rule, 1e-15);
  return lesson.status();
}
