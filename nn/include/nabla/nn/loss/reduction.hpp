// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>

namespace nabla::nn {

/// What becomes of the losses of single elements or examples.
enum class Reduction {
  mean,  ///< their sum divided by their number; NaN if there are none
  sum,
  none  ///< they are given back as they are
};

/// Applies it.
[[nodiscard]] Tensor reduce(const Tensor& losses, Reduction reduction);

}  // namespace nabla::nn
