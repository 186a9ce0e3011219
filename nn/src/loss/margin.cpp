// SPDX-License-Identifier: MIT
#include <type_traits>

#include <nabla/nn/loss/margin.hpp>
#include <nabla/nn/loss/terms.hpp>
#include <nabla/ops/ops.hpp>

#include "checks.hpp"
#include "mapped.hpp"

namespace nabla::nn {

Tensor hinge(const Tensor& scores, const Tensor& targets, Reduction reduction) {
  require_same_shape("hinge", scores, targets);
  require_sides("hinge", targets);
  return reduced(reduction, op::HingeError{}, scores, targets.to(scores.dtype()));
}

Tensor soft_margin(const Tensor& scores, const Tensor& targets, Reduction reduction) {
  require_same_shape("soft_margin", scores, targets);
  require_sides("soft_margin", targets);
  return reduced(reduction, op::SoftMarginError{}, scores, targets.to(scores.dtype()));
}

Tensor multi_margin(const Tensor& scores, const Tensor& labels, const MultiMarginOptions& options) {
  detail::check_option("multi_margin", options.power == 1 || options.power == 2, "power",
                       options.power, "1 or 2");
  const Labelled x = labelled("multi_margin", scores, labels, options.weights, std::nullopt);
  const std::int64_t count = x.rows.size(0), classes = x.rows.size(1);
  const Tensor of_label = gather(x.rows, 1, x.labels.reshape({count, 1}));
  const Tensor is_label = one_hot(x.labels, classes, x.rows.dtype());
  const Tensor shares =
      x.shares.defined() ? x.shares.reshape({count, 1}) : ones({}, x.rows.dtype());
  const auto of_score = [margin = options.margin, power = options.power](
                            auto score, auto right_score, auto is_right, auto share) {
    const auto lack = relu(margin - right_score + score);
    using T = std::remove_cv_t<decltype(lack)>;
    return share * choose(is_right == 1.0, T(0), lack * choose(power == 1, T(1), lack));
  };
  switch (options.reduction) {
    case Reduction::mean:
      return map_mean(of_score, x.rows, of_label, is_label, shares);
    case Reduction::sum:
      return map_sum(of_score, x.rows, of_label, is_label, shares) / static_cast<double>(classes);
    default:
      return of_shape(map(of_score, x.rows, of_label, is_label, shares).mean(1), x.shape);
  }
}

Tensor margin_ranking(const Tensor& a, const Tensor& b, const Tensor& targets, double margin,
                      Reduction reduction) {
  require_same_shape("margin_ranking", a, b);
  require_same_shape("margin_ranking", a, targets);
  require_sides("margin_ranking", targets);
  return mapped(
      reduction, [margin](auto x, auto y, auto t) { return relu(margin - t * (x - y)); }, a, b,
      targets.to(a.dtype()));
}

}  // namespace nabla::nn
