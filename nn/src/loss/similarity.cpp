// SPDX-License-Identifier: MIT
#include <string>

#include <nabla/engine/error.hpp>
#include <nabla/nn/loss/similarity.hpp>
#include <nabla/nn/loss/terms.hpp>
#include <nabla/ops/ops.hpp>

#include "checks.hpp"

namespace nabla::nn {
namespace {

/// x over its norm.
Tensor direction(const Tensor& x, int axis, double epsilon) {
  return x / clamp_min(norm(x, 2, axis, true), epsilon);
}

void require_same_rows(const char* loss, const Tensor& a, const Tensor& b) {
  require_same_shape(loss, a, b);
  require_floating(loss, a);
  require_floating(loss, b);
  if (a.rank() == 0)
    throw ShapeError(std::string("[") + loss + "] got single numbers, need vectors");
}

}  // namespace

// Directions first: the product of two long vectors would overflow.
Tensor cosine_similarity(const Tensor& a, const Tensor& b, int axis, double epsilon) {
  require_same_rows("cosine_similarity", a, b);
  detail::check_option("cosine_similarity", epsilon > 0.0, "epsilon", epsilon, "more than 0");
  const int at = normal_axis(axis, a.rank(), "cosine_similarity");
  return (direction(a, at, epsilon) * direction(b, at, epsilon)).sum(at);
}

Tensor cosine_embedding(const Tensor& a, const Tensor& b, const Tensor& targets, double margin,
                        Reduction reduction) {
  require_same_rows("cosine_embedding", a, b);
  const Tensor cosine = cosine_similarity(a, b);
  require_same_shape("cosine_embedding", cosine, targets);
  require_sides("cosine_embedding", targets);
  return reduce(where(targets == 1.0, 1.0 - cosine, relu(cosine - margin)), reduction);
}

Tensor triplet_margin(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                      const TripletMarginOptions& options) {
  require_same_rows("triplet_margin", anchor, positive);
  require_same_rows("triplet_margin", anchor, negative);
  detail::check_option("triplet_margin", options.order == 1 || options.order == 2, "order",
                       options.order, "1 or 2");
  const auto distance = [&](const Tensor& a, const Tensor& b) {
    return norm(a - b, options.order, -1);
  };
  Tensor to_negative = distance(anchor, negative);
  if (options.swap) to_negative = minimum(to_negative, distance(positive, negative));
  return reduce(relu(distance(anchor, positive) - to_negative + options.margin), options.reduction);
}

}  // namespace nabla::nn
