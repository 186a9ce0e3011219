// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <nabla/check.hpp>
#include <nabla/nabla.hpp>

#include "demo/digits.hpp"

// The textbook network: 12 pixels, 3 hidden and 2 output neurons, all sigmoid; 36 + 3 + 6 + 2 = 47
// parameters, each a Value. Output neuron 0 answers "this is a 0", neuron 1 "this is a 1", and the
// error of an image is half the sum of squares of answers minus truth. It lives on a tape of its
// own that is rewound after each step, so that training takes no more memory than one step. One
// thread.

namespace nabla::cli {

class DigitNetwork {
 public:
  explicit DigitNetwork(std::uint64_t seed);
  DigitNetwork(const DigitNetwork&) = delete;
  DigitNetwork& operator=(const DigitNetwork&) = delete;

  /// One step of gradient descent with momentum on the error of all images.
  /// Returns   the error before the step
  double step(const std::vector<DigitImage>& images, double rate, double momentum);
  /// How many images get the answer that is true.
  [[nodiscard]] int count_right(const std::vector<DigitImage>& images);
  /// The computation of the error of one image, its pixels as inputs x1 to x12; also with finite
  /// differences beside its gradients.
  [[nodiscard]] Graph graph_of(const DigitImage& image, bool with_differences);
  /// The error of all images as a function of the parameters, with the gradient that the engine
  /// computes, for the checker. The network has to outlive it.
  [[nodiscard]] check::Problem problem(const std::vector<DigitImage>& images);

 private:
  [[nodiscard]] Value error_of(std::span<const Value> pixels, int digit) const;
  [[nodiscard]] Value error_of(const std::vector<DigitImage>& images) const;
  [[nodiscard]] std::vector<double> numbers() const;
  /// The error and its gradient by each parameter.
  double sweep(const std::vector<DigitImage>& images, std::vector<double>& gradient);
  void assign(std::span<const double> numbers);

  Tape tape_;
  nn::Mlp network_;
  Mark after_parameters_;
  std::vector<double> velocities_;
};

}  // namespace nabla::cli
