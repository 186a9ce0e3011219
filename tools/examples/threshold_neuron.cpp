// SPDX-License-Identifier: MIT
// The neuron with a threshold.
//
//   y = step(w1 x1 + w2 x2 + b)      step(z) = 1 for z > 0, else 0      dy/dw = 0
//
// One neuron computes AND (w = (1, 1), b = -1.5) and OR (b = -0.5): a straight line separates the
// two answers. None computes XOR. And no descent finds the weights: step is flat on both sides of
// its jump, so the gradient is 0 whatever the error. A sigmoid in its place has a slope everywhere.
#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

namespace {

const auto neuron = [](const auto& w1, const auto& w2, const auto& b, int x1, int x2) {
  return w1 * x1 + w2 * x2 + b;
};

double answer(double w1, double w2, double b, int x1, int x2) {
  const Value y(step(neuron(Value(w1), Value(w2), Value(b), x1, x2)));
  return y.value();
}

// How many of the four answers are right.
int right_answers(double w1, double w2, double b, const int (&truth)[2][2]) {
  int right = 0;
  for (int x1 : {0, 1}) {
    for (int x2 : {0, 1}) right += answer(w1, w2, b, x1, x2) == truth[x1][x2];
  }
  return right;
}

struct Gradients {
  double threshold = 0.0, sigmoid = 0.0;  // largest over the four inputs
};

// The largest |d/dw1|, |d/dw2| or |d/db| of (y - 1/2)^2 for each kind of neuron. No y is 1/2 at the
// weights that are tried, so what makes a gradient 0 is the neuron's slope and not the error's.
Gradients largest_gradients(double w1, double w2, double b) {
  Gradients largest;
  for (const bool threshold : {true, false}) {
    for (int x = 0; x < 4; ++x) {
      Tape tape;
      Value v1 = variable(w1), v2 = variable(w2), c = variable(b);
      const Value z = neuron(v1, v2, c, x / 2, x % 2);
      Value y = threshold ? Value(step(z)) : Value(sigmoid(z));
      backward(square(y - 0.5));
      double& g = threshold ? largest.threshold : largest.sigmoid;
      g = std::max({g, std::abs(v1.grad()), std::abs(v2.grad()), std::abs(c.grad())});
    }
  }
  return largest;
}

}  // namespace

int main() {
  examples::Lesson lesson("the neuron with a threshold");
  const int logical_and[2][2] = {{0, 0}, {0, 1}}, logical_or[2][2] = {{0, 1}, {1, 1}};
  const int logical_xor[2][2] = {{0, 1}, {1, 0}};
  for (int x1 : {0, 1}) {
    for (int x2 : {0, 1}) {
      fmt::print("  {} {}   AND {}   OR {}\n", x1, x2, answer(1, 1, -1.5, x1, x2),
                 answer(1, 1, -0.5, x1, x2));
    }
  }
  lesson.claim("AND with w = (1, 1), b = -1.5", right_answers(1, 1, -1.5, logical_and), 4, 0);
  lesson.claim("OR with w = (1, 1), b = -0.5", right_answers(1, 1, -0.5, logical_or), 4, 0);

  int best = 0;
  for (double w1 = -2; w1 <= 2; w1 += 0.25) {
    for (double w2 = -2; w2 <= 2; w2 += 0.25) {
      for (double b = -2; b <= 2; b += 0.25) {
        best = std::max(best, right_answers(w1, w2, b, logical_xor));
      }
    }
  }
  lesson.claim("of 4,913 neurons the best at XOR has 3 of 4 right", best, 3, 0);

  Gradients largest;
  for (double b = -3.25; b < 3; b += 0.5) {
    const Gradients g = largest_gradients(1.0, -1.0, b);
    largest.threshold = std::max(largest.threshold, g.threshold);
    largest.sigmoid = largest.sigmoid == 0 ? g.sigmoid : std::min(largest.sigmoid, g.sigmoid);
  }
  lesson.claim("the gradient through the threshold is 0", largest.threshold, 0.0, 0.0);
  lesson.claim("through a sigmoid it is not", largest.sigmoid > 1e-3);
  return lesson.status();
}
