// SPDX-License-Identifier: MIT
#include <string>

#include <nabla/engine/error.hpp>
#include <nabla/nn/loss/information.hpp>
#include <nabla/nn/loss/terms.hpp>
#include <nabla/ops/ops.hpp>

#include "checks.hpp"
#include "mapped.hpp"

namespace nabla::nn {
namespace {

/// p f, but 0 with gradient 0 where p is 0, though f may be infinite.
constexpr auto weighted = [](auto p, auto f) { return choose(p == 0.0, decltype(p)(0), p * f); };

/// The terms f(xs...) of distributions, summed over each, reduced: to a number in one pass.
template <class F, class... Xs>
Tensor sum_rows(const char* name, Reduction reduction, const F& f, const Tensor& x,
                const Xs&... others) {
  if (x.rank() == 0)
    throw ShapeError(std::string("[") + name +
                     "] got a single number, need a distribution along the last axis");
  if (reduction == Reduction::none) return map(f, x, others...).sum(-1);
  const Tensor sum = map_sum(f, x, others...);
  return reduction == Reduction::sum
             ? sum
             : sum / static_cast<double>(x.shape().without(x.rank() - 1).numel());
}

}  // namespace

Tensor entropy(const Tensor& p, Reduction reduction) {
  return sum_rows("entropy", reduction, detail::surprise, nabla::detail::defined(p, "entropy"));
}

Tensor kl_divergence(const Tensor& p, const Tensor& q, Reduction reduction) {
  return kl_divergence(p, q, KlDivergenceOptions{.reduction = reduction});
}

Tensor kl_divergence(const Tensor& p, const Tensor& q, const KlDivergenceOptions& options) {
  require_same_shape("kl_divergence", p, q);
  const auto with = [&](const auto& f) {
    return sum_rows("kl_divergence", options.reduction, f, p, q);
  };
  if (options.log_p && options.log_q)
    return with([](auto a, auto b) { return weighted(exp(a), a - b); });
  if (options.log_p) return with([](auto a, auto b) { return weighted(exp(a), a - log(b)); });
  if (options.log_q) return with([](auto a, auto b) { return weighted(a, log(a) - b); });
  return with([](auto a, auto b) { return rel_entr(a, b); });
}

Tensor cross_entropy_between(const Tensor& p, const Tensor& q, Reduction reduction) {
  require_same_shape("cross_entropy_between", p, q);
  return sum_rows("cross_entropy_between", reduction, detail::crossed_surprise, p, q);
}

}  // namespace nabla::nn
