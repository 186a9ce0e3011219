// SPDX-License-Identifier: MIT
#include <string>

#include <nabla/engine/error.hpp>
#include <nabla/nn/loss/information.hpp>
#include <nabla/ops/ops.hpp>

#include "checks.hpp"

namespace nabla::nn {
namespace {

/// p f where p is not 0, else exactly 0 with gradient 0, also where f is infinite.
Tensor weighted(const Tensor& p, const Tensor& f) { return where(p != 0.0, p * f, 0.0); }

Tensor sum_rows(const char* name, const Tensor& terms, Reduction reduction) {
  if (terms.rank() == 0)
    throw ShapeError(std::string("[") + name +
                     "] got a single number, need a distribution along the last axis");
  return reduce(terms.sum(-1), reduction);
}

}  // namespace

Tensor entropy(const Tensor& p, Reduction reduction) {
  return sum_rows("entropy", -weighted(p, log(p)), reduction);
}

Tensor kl_divergence(const Tensor& p, const Tensor& q, Reduction reduction) {
  require_same_shape("kl_divergence", p, q);
  return sum_rows("kl_divergence", weighted(p, log(p) - log(q)), reduction);
}

Tensor cross_entropy_between(const Tensor& p, const Tensor& q, Reduction reduction) {
  require_same_shape("cross_entropy_between", p, q);
  return sum_rows("cross_entropy_between", -weighted(p, log(q)), reduction);
}

}  // namespace nabla::nn
