// SPDX-License-Identifier: MIT
// The delta rule of error backpropagation.
//
//   a = s(W1 x + b1)      y = s(W2 a + b2)      E = 1/2 sum (y - t)^2       (12-3-2 network)
//
//   delta2_k = (y_k - t_k) y_k (1 - y_k)                    dE/dW2_kj = delta2_k a_j
//   delta1_j = a_j (1 - a_j) sum_k W2_kj delta2_k           dE/dW1_ji = delta1_j x_i
//   dE/db = delta
//
// The deltas go back through the weights that the signals came through. All 47 gradients of the
// rule, in plain numbers, beside those of the engine.
#include <cstddef>
#include <span>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

namespace {

constexpr std::size_t kInputs = 12, kHidden = 3, kOutputs = 2;

// A layer's rows: the weights of a neuron and then its b.
struct Weights {
  std::span<const double> numbers;
  std::size_t inputs;
  double operator()(std::size_t neuron, std::size_t i) const {
    return numbers[neuron * (inputs + 1) + i];
  }
  double b(std::size_t neuron) const { return (*this)(neuron, inputs); }
};

std::vector<double> signals(const Weights& W, std::size_t neurons, const std::vector<double>& x) {
  std::vector<double> a;
  for (std::size_t j = 0; j < neurons; ++j) {
    double z = W.b(j);
    for (std::size_t i = 0; i < x.size(); ++i) z += W(j, i) * x[i];
    a.push_back(sigmoid(z));
  }
  return a;
}

void append_gradients(const std::vector<double>& delta, const std::vector<double>& x,
                      std::vector<double>& gradients) {
  for (const double d : delta) {
    for (const double x_i : x) gradients.push_back(d * x_i);
    gradients.push_back(d);
  }
}

std::vector<double> delta_rule(std::span<const double> parameters, const std::vector<double>& x,
                               const std::vector<double>& t) {
  const Weights W1{parameters, kInputs};
  const Weights W2{parameters.subspan(kHidden * (kInputs + 1)), kHidden};
  const std::vector<double> a = signals(W1, kHidden, x), y = signals(W2, kOutputs, a);

  std::vector<double> delta2, delta1;
  for (std::size_t k = 0; k < kOutputs; ++k) {
    delta2.push_back((y[k] - t[k]) * y[k] * (1 - y[k]));
  }
  for (std::size_t j = 0; j < kHidden; ++j) {
    double sum = 0.0;
    for (std::size_t k = 0; k < kOutputs; ++k) sum += W2(k, j) * delta2[k];
    delta1.push_back(a[j] * (1 - a[j]) * sum);
  }
  std::vector<double> gradients;
  append_gradients(delta1, x, gradients);
  append_gradients(delta2, a, gradients);
  return gradients;
}

}  // namespace

int main() {
  examples::Lesson lesson("the delta rule equals the engine's gradients");
  // The digit 0 on 4 rows of 3 pixels, and what the two outputs shall say: 0, not 1.
  const std::vector<double> x{1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1}, t{1, 0};

  Random random(16);
  nn::Mlp net({kInputs, kHidden, kOutputs},
              {.hidden = nn::Activation::sigmoid, .output = nn::Activation::sigmoid}, random);
  Value E = nn::half_sum_of_squares(net(x), t);
  backward(E);

  std::vector<double> parameters, ours;
  for (const Value& parameter : net.parameters()) {
    parameters.push_back(parameter.value());
    ours.push_back(parameter.grad());
  }
  const std::vector<double> theory = delta_rule(parameters, x, t);
  for (const std::size_t i : {0u, 12u, 13u, 38u, 39u, 42u, 46u}) {
    fmt::print("  gradient {:2}   ours {:18.15f}   delta rule {:18.15f}\n", i, ours[i], theory[i]);
  }
  lesson.claim("12 * 3 + 3 + 3 * 2 + 2 parameters", static_cast<double>(ours.size()), 47, 0);
  // Below 0.2 and computed in some thirty roundings of at most 1.4e-17 each.
  lesson.claim("all 47 gradients", ours, theory, 1e-15);
  return lesson.status();
}
