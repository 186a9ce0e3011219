// SPDX-License-Identifier: MIT
// Softmax with cross entropy: the gradient is prediction minus target.
//
//   p_c = e^z_c / sum_k e^z_k      E = -sum_c y_c log p_c      dE/dz_c = p_c - y_c
//
// The slope of log p_c by z_k is [c = k] - p_k, so dE/dz_k = -sum_c y_c ([c = k] - p_k) = p_k - y_k
// for targets that add up to 1: a class label, or a distribution. The fused op is also right where
// e^z would overflow.
#include <cmath>
#include <cstddef>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("the gradient of softmax with cross entropy is p - y");
  const NumberList numbers{{2.0, 1.0, -1.0, 0.5}, {0.0, -3.0, 4.0, 1.0}};

  Tensor z = variable(tensor(numbers, float64), "z");
  Tensor y = one_hot(tensor({0, 3}, int64), 4, float64);
  Tensor p = softmax(z.detach());
  backward(nn::cross_entropy(z, y, nn::Reduction::sum));
  const auto ours = z.grad().to_vector(), theory = (p - y).to_vector();
  for (std::size_t i = 0; i < ours.size(); ++i) {
    fmt::print("  example {} class {}   y = {}   p = {:.6f}   ours {:9.6f}   p - y = {:9.6f}\n",
               i / 4, i % 4, y.to_vector()[i], p.to_vector()[i], ours[i], theory[i]);
  }
  lesson.claim("p - y for labels", ours, theory, 1e-15);

  Tensor u = variable(tensor(numbers, float64), "z");
  Tensor soft = tensor({{0.1, 0.2, 0.3, 0.4}, {0.7, 0.0, 0.3, 0.0}}, float64);
  backward(nn::cross_entropy(u, soft, nn::Reduction::sum));
  lesson.claim("p - y for targets that are distributions", u.grad().to_vector(),
               (p - soft).to_vector(), 1e-15);

  // The formulas taken one by one, on float64 numbers that exp can still hold.
  Tensor v = variable(tensor(numbers, float64), "z");
  Tensor e = exp(v);
  backward(-(y * log(e / e.sum(1, true))).sum());
  lesson.claim("p - y for the formula step by step", v.grad().to_vector(), theory, 1e-15);

  Tensor huge = variable(tensor({{1000.0, 0.0}}, float64), "z");
  Tensor loss = nn::cross_entropy(huge, tensor({1}, int64));
  backward(loss);
  lesson.claim("a wrong certainty of e^1000 : 1 costs 1,000 nats", loss.item(), 1000, 0);
  lesson.claim("and pulls with p - y = (1, -1)", huge.grad().to_vector(), std::vector{1.0, -1.0},
               0);
  return lesson.status();
}
