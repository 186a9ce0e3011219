// SPDX-License-Identifier: MIT
#include <cmath>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/nn/modules/dense.hpp>
#include <nabla/ops/ops.hpp>

namespace nabla::nn {

Dense::Dense(std::int64_t inputs, std::int64_t outputs, const DenseOptions& options)
    : Dense(inputs, outputs, default_random(), options) {}

Dense::Dense(std::int64_t inputs, std::int64_t outputs, Random& random,
             const DenseOptions& options) {
  if (inputs < 1 || outputs < 1)
    throw ShapeError(
        fmt::format("[Dense] got {} inputs and {} outputs, need at least 1", inputs, outputs));
  const double bound = 1.0 / std::sqrt(static_cast<double>(inputs));
  const Initializer usual = init::uniform(-bound, bound);
  weight_ = add_parameter(
      "weight", (options.init ? options.init : usual)({outputs, inputs}, options.dtype, random));
  if (options.bias)
    bias_ = add_parameter(
        "bias", (options.bias_init ? options.bias_init : usual)({outputs}, options.dtype, random));
}

Tensor Dense::forward(const Tensor& x) {
  if (x.rank() == 0 || x.size(-1) != weight_.size(1))
    throw ShapeError(fmt::format("[Dense] inputs do not fit: got x {}, need (..., {}); flatten it?",
                                 to_string(x.shape()), weight_.size(1)));
  const Tensor y = matmul(x, weight_.transpose());
  return bias_.defined() ? y + bias_ : y;
}

}  // namespace nabla::nn
