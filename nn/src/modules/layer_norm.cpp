// SPDX-License-Identifier: MIT
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/nn/modules/layer_norm.hpp>
#include <nabla/ops/ops.hpp>

namespace nabla::nn {

LayerNorm::LayerNorm(const Shape& shape, const LayerNormOptions& options)
    : epsilon_(options.epsilon) {
  if (shape.rank() == 0)
    throw ShapeError("[LayerNorm] got a shape without axes, need at least one");
  weight_ = add_parameter("weight", ones(shape, options.dtype));
  bias_ = add_parameter("bias", zeros(shape, options.dtype));
}

Tensor LayerNorm::forward(const Tensor& x) { return layer_norm(x, weight_, bias_, epsilon_); }

}  // namespace nabla::nn
