// SPDX-License-Identifier: MIT
#include <string>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/ops/family/indexing.hpp>
#include <nabla/ops/one_hot.hpp>
#include <nabla/ops/view/clone.hpp>

namespace nabla {

Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype) {
  if (classes < 0) {
    throw ShapeError("[one_hot] number of classes: got " + std::to_string(classes) +
                     ", need 0 or more");
  }
  detail::check_indices(detail::defined(labels, "one_hot"), classes, "one_hot");
  check_rank(labels.rank() + 1, "one_hot");
  Tensor y = zeros(labels.shape().inserted(labels.rank(), classes), dtype);
  const Tensor dense = contiguous(labels);
  const std::int64_t* label = elements<std::int64_t>(dense);
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < labels.numel(); ++i)
      elements<T>(y)[i * classes + label[i]] = static_cast<T>(1);
  });
  return y;
}

}  // namespace nabla
