// SPDX-License-Identifier: MIT
#include <nabla/nn/loss/margin.hpp>
#include <nabla/nn/loss/terms.hpp>
#include <nabla/ops/ops.hpp>

#include "checks.hpp"

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
  const Tensor lacks =
      where(one_hot(x.labels, classes, boolean), 0.0, relu(options.margin - of_label + x.rows));
  const Tensor losses = (options.power == 1 ? lacks : square(lacks)).mean(1);
  return reduce(of_shape(x.shares.defined() ? losses * x.shares : losses, x.shape),
                options.reduction);
}

Tensor margin_ranking(const Tensor& a, const Tensor& b, const Tensor& targets, double margin,
                      Reduction reduction) {
  require_same_shape("margin_ranking", a, b);
  require_same_shape("margin_ranking", a, targets);
  require_sides("margin_ranking", targets);
  return reduce(relu(margin - targets.to(a.dtype()) * (a - b)), reduction);
}

}  // namespace nabla::nn
