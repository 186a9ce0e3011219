// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/nn/modules/activation.hpp>
#include <nabla/ops/ops.hpp>

namespace nabla::nn {

Tensor Tanh::forward(const Tensor& x) { return tanh(x); }
Tensor Relu::forward(const Tensor& x) { return relu(x); }
Tensor Sigmoid::forward(const Tensor& x) { return sigmoid(x); }
Tensor LeakyRelu::forward(const Tensor& x) { return leaky_relu(x, negative_slope_); }
Tensor Gelu::forward(const Tensor& x) { return gelu(x); }
Tensor Softplus::forward(const Tensor& x) { return softplus(x); }
Tensor Softmax::forward(const Tensor& x) { return softmax(x, axis_); }

Tensor Flatten::forward(const Tensor& x) {
  if (x.rank() == 0) throw ShapeError("[Flatten] got a single number, need examples along axis 0");
  std::int64_t width = 1;
  for (int axis = 1; axis < x.rank(); ++axis) width *= x.size(axis);
  return x.reshape({x.size(0), width});
}

}  // namespace nabla::nn
