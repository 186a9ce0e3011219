// SPDX-License-Identifier: MIT
// Peers of the benchmarks by hand: the network 784-128-64-10 with its gradient written out in loops over
// double, as a careful programmer writes it without a library; and a copy as fast as memory allows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nabla::bench {

/// Dense layers with relu between them and softmax cross entropy at the end; plain descent.
class HandWrittenMlp {
 public:
  /// The weights w[l] are (inputs, outputs), row by row; biases start at 0.
  HandWrittenMlp(std::vector<std::size_t> layers, std::vector<std::vector<double>> weights);

  /// One step on a batch: images row by row, one label each. Gives the loss before the step.
  double step(std::span<const double> images, std::span<const std::int64_t> labels, double rate);

 private:
  void forward(std::size_t layer);
  double loss_and_its_gradient(std::span<const std::int64_t> labels);
  void backward(std::size_t layer, double rate);

  std::vector<std::size_t> layers_;
  std::vector<std::vector<double>> weights_, biases_;
  std::vector<std::vector<double>> outputs_;    // of each layer; the first are the images
  std::vector<std::vector<double>> gradients_;  // of the loss by the outputs
  std::size_t batch_ = 0;
};

/// Copies n bytes, written past the caches where the processor can.
/// Requires  a multiple of 16, and pointers that are
void copy_past_caches(const std::byte* from, std::byte* to, std::size_t n);

}  // namespace nabla::bench
