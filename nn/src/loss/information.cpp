// SPDX-License-Identifier: MIT
#include <string>

#include <nabla/engine/error.hpp>
#include <nabla/nn/loss/information.hpp>
#include <nabla/nn/loss/terms.hpp>
#include <nabla/ops/ops.hpp>

#include "checks.hpp"

namespace nabla::nn {
namespace {

Tensor sum_rows(const char* name, const Tensor& terms, Reduction reduction) {
  if (terms.rank() == 0)
    throw ShapeError(std::string("[") + name +
                     "] got a single number, need a distribution along the last axis");
  return reduce(terms.sum(-1), reduction);
}

}  // namespace

Tensor entropy(const Tensor& p, Reduction reduction) {
  const Tensor& defined = nabla::detail::defined(p, "entropy");
  return sum_rows("entropy", detail::surprise(defined), reduction);
}

Tensor kl_divergence(const Tensor& p, const Tensor& q, Reduction reduction) {
  return kl_divergence(p, q, KlDivergenceOptions{.reduction = reduction});
}

Tensor kl_divergence(const Tensor& p, const Tensor& q, const KlDivergenceOptions& options) {
  require_same_shape("kl_divergence", p, q);
  const Tensor terms =
      options.log_p || options.log_q
          ? detail::weighted(options.log_p ? exp(p) : p,
                             (options.log_p ? p : log(p)) - (options.log_q ? q : log(q)))
          : rel_entr(p, q);
  return sum_rows("kl_divergence", terms, options.reduction);
}

Tensor cross_entropy_between(const Tensor& p, const Tensor& q, Reduction reduction) {
  require_same_shape("cross_entropy_between", p, q);
  return sum_rows("cross_entropy_between", detail::crossed_surprise(p, q), reduction);
}

}  // namespace nabla::nn
