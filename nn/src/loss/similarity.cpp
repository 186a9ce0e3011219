// SPDX-License-Identifier: MIT
#include <nabla/engine/error.hpp>
#include <nabla/nn/loss/similarity.hpp>
#include <nabla/ops/ops.hpp>

#include "checks.hpp"

namespace nabla::nn {

Tensor cosine_embedding(const Tensor& a, const Tensor& b, const Tensor& targets, double margin,
                        Reduction reduction) {
  require_same_shape("cosine_embedding", a, b);
  require_floating("cosine_embedding", a);
  require_floating("cosine_embedding", b);
  if (a.rank() == 0) throw ShapeError("[cosine_embedding] got single numbers, need vectors");
  const Tensor cosine = cosine_similarity(a, b);
  require_same_shape("cosine_embedding", cosine, targets);
  require_sides("cosine_embedding", targets);
  return reduce(where(targets == 1.0, 1.0 - cosine, relu(cosine - margin)), reduction);
}

Tensor triplet_margin(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                      const TripletMarginOptions& options) {
  return reduce(nabla::triplet_margin(anchor, positive, negative, options.margin, options.order,
                                      options.swap),
                options.reduction);
}

}  // namespace nabla::nn
