// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/nn/init.hpp>
#include <nabla/nn/module.hpp>

// Dense: a layer in which every output sees every input, y = x W^T + b.
//
//   nn::Dense layer(784, 128);
//   Tensor h = layer(x);          // (n, 784) -> (n, 128)

namespace nabla::nn {

struct DenseOptions {
  bool bias = true;
  /// Of the weight; by default uniform in +-1/sqrt(inputs), as PyTorch does.
  Initializer init{};
  /// Of the bias; by default the same interval.
  Initializer bias_init{};
  DType dtype = float32;
};

class Dense : public Module {
 public:
  /// Draws the weights from the thread's generator (see manual_seed).
  /// Errors    ShapeError unless inputs and outputs are at least 1
  Dense(std::int64_t inputs, std::int64_t outputs, const DenseOptions& options = {});
  /// Draws them from `random`.
  Dense(std::int64_t inputs, std::int64_t outputs, Random& random,
        const DenseOptions& options = {});

  [[nodiscard]] std::string_view kind() const override { return "Dense"; }
  /// (outputs, inputs)
  [[nodiscard]] const Tensor& weight() const { return weight_; }
  /// (outputs); undefined if there is none.
  [[nodiscard]] const Tensor& bias() const { return bias_; }

 protected:
  /// Shapes    x (..., inputs) -> (..., outputs)
  Tensor forward(const Tensor& x) override;

 private:
  Tensor weight_;
  Tensor bias_;
};

}  // namespace nabla::nn
