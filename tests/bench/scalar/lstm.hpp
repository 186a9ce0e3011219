// SPDX-License-Identifier: MIT
// A recurrent cell with four gates (LSTM) run over a sequence, with the squared error of its
// outputs. The inputs are the weights of the gates row by row, each row with its bias.
#pragma once

#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct Lstm {
  static constexpr std::string_view name = "lstm";
  Lstm(std::size_t features, std::size_t hidden, std::size_t steps)
      : n_(features), h_(hidden), steps_(steps), data_(Numbers(11).uniforms(n_ * steps, -1, 1)) {
    operations = static_cast<double>(steps * h_ * (4 * 2 * (n_ + h_) + 3 * 3 + 2 + 4 + 3));
  }
  double operations;

  std::vector<double> inputs() const {
    return Numbers(12).uniforms(4 * h_ * row_size(), -0.3, 0.3);
  }

  // The outputs of all steps.
  template <class T>
  std::vector<T> results(const std::vector<T>& x) const {
    std::vector<T> outputs;
    run(x, [&](const T& output) { outputs.push_back(output); });
    return outputs;
  }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    T error = 0.0;
    run(x, [&](const T& output) {
      const T miss = output - kTarget;
      error += miss * miss;
    });
    return error;
  }

 private:
  static constexpr double kTarget = 0.25;
  std::size_t row_size() const { return n_ + h_ + 1; }

  // Calls `use` with each output of each step.
  template <class T, class Use>
  void run(const std::vector<T>& x, const Use& use) const {
    using std::tanh;
    std::vector<T> output(h_), cell(h_), next(h_);
    for (std::size_t step = 0; step < steps_; ++step) {
      for (std::size_t j = 0; j < h_; ++j) {
        const T in = sigmoid(row(x, j, step, output));
        const T forget = sigmoid(row(x, h_ + j, step, output));
        const T out = sigmoid(row(x, 2 * h_ + j, step, output));
        const T change = tanh(row(x, 3 * h_ + j, step, output));
        cell[j] = forget * cell[j] + in * change;
        next[j] = out * tanh(cell[j]);
        use(next[j]);
      }
      output = next;
    }
  }

  template <class T>
  static T sigmoid(const T& z) {
    using std::exp;
    return 1.0 / (1.0 + exp(-z));
  }

  template <class T>
  T row(const std::vector<T>& x, std::size_t index, std::size_t step,
        const std::vector<T>& output) const {
    const T* w = &x[index * row_size()];
    T sum = w[n_ + h_];
    for (std::size_t i = 0; i < n_; ++i) sum += w[i] * data_[step * n_ + i];
    for (std::size_t i = 0; i < h_; ++i) sum += w[n_ + i] * output[i];
    return sum;
  }

  std::size_t n_, h_, steps_;
  std::vector<double> data_;
};

}  // namespace nabla::bench
