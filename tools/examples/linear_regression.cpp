// SPDX-License-Identifier: MIT
// Linear regression by gradient descent and by the normal equations.
//
//   E(w) = 1/(2m) |X w - y|^2      grad E = 1/m X^T (X w - y)
//   grad E = 0      <=>      X^T X w = X^T y                     (the normal equations)
//
// 200 points of y = 3 - 2 x1 + 0.5 x2 with noise; the first column of X is 1, for the constant.
// Descent and elimination end at the same w, to 10 digits and more. It is near the true one, as
// near as the noise lets it: 0.1 / sqrt(200) a weight.
#include <cstddef>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"
#include "solve.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("linear regression equals the normal equations");
  const std::int64_t m = 200;
  Random random(12);
  Tensor X = concat({ones({m, 1}, float64), randn({m, 2}, random, float64)}, 1);
  Tensor truth = tensor({3.0, -2.0, 0.5}, float64);
  Tensor y = matmul(X, truth) + 0.1 * randn({m}, random, float64);

  Tensor w = variable(zeros({3}, float64), "w");
  optim::Sgd descent({w}, {.learning_rate = 0.5});
  for (int step = 0; step <= 200; ++step) {
    Tensor E = nn::half_mse(matmul(X, w), y);
    descent.zero_grad();
    backward(E);
    if (step % 40 == 0) {
      fmt::print("  step {:3}   E = {:.12f}   |grad E| = {:.2e}\n", step, E.item(),
                 norm(w.grad()).item());
    }
    descent.step();
  }

  const Tensor Xt = X.transpose();
  const std::vector<double> ours = w.to_vector();
  const std::vector<double> theory = examples::solve(matmul(Xt, X), matmul(Xt, y).to_vector());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    fmt::print("  w{}   descent {:.15f}   normal equations {:.15f}   true {}\n", i, ours[i],
               theory[i], truth.to_vector()[i]);
  }
  lesson.claim("descent ends at the solution of the normal equations", ours, theory, 1e-10);
  lesson.claim("near the weights behind the data", ours, truth.to_vector(), 4 * 0.1 / 14.1);
  return lesson.status();
}
