// SPDX-License-Identifier: MIT
#include <nabla/nn/modules/sequential.hpp>

namespace nabla::nn {

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (std::size_t i = 0; i < child_count(); ++i)
    y = child(i)(y, "", 0);  // in the line of the caller
  return y;
}

}  // namespace nabla::nn
