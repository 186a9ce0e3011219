// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/nn/module.hpp>

// LayerNorm: each example, or each row of numbers in it, brought to mean 0 and variance 1, then
// stretched and moved by a weight and a bias that are learned.
//
//   nn::LayerNorm norm({128});
//   Tensor h = norm(x);           // (n, 128) -> (n, 128)

namespace nabla::nn {

struct LayerNormOptions {
  double epsilon = 1e-5;
  DType dtype = float32;
};

class LayerNorm : public Module {
 public:
  /// Starts with weight 1 and bias 0.
  /// Errors    ShapeError if the shape has no axis
  explicit LayerNorm(const Shape& shape, const LayerNormOptions& options = {});

  [[nodiscard]] std::string_view kind() const override { return "LayerNorm"; }
  [[nodiscard]] const Tensor& weight() const { return weight_; }
  [[nodiscard]] const Tensor& bias() const { return bias_; }

 protected:
  /// Shapes    x (..., *shape) -> the shape of x
  Tensor forward(const Tensor& x) override;

 private:
  Tensor weight_;
  Tensor bias_;
  double epsilon_;
};

}  // namespace nabla::nn
