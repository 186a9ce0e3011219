// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/nn/loss/classification.hpp>
#include <nabla/nn/loss/terms.hpp>
#include <nabla/ops/argmax.hpp>
#include <nabla/ops/ops.hpp>

#include "checks.hpp"

namespace nabla::nn {
namespace {

Tensor elementwise_bce(const char* loss, const Tensor& p, const Tensor& targets) {
  require_same_shape(loss, p, targets);
  // NaN is a value that flows; it is not outside.
  require_all(
      loss, p, [](double x) { return !(x < 0.0 || x > 1.0); }, "probabilities from 0 to 1");
  require_all(
      loss, targets, [](double t) { return !(t < 0.0 || t > 1.0); }, "targets from 0 to 1");
  return detail::binary_error(p, targets.to(p.dtype()));
}

/// Targets in the type of the logits, unless they are labels.
Tensor as_targets(const Tensor& logits, const Tensor& targets) {
  return targets.rank() < logits.rank() ? targets : targets.to(logits.dtype());
}

void require_labels(const char* loss, const Tensor& scores, const Tensor& labels) {
  if (scores.rank() != 2 || labels.rank() != 1 || scores.size(0) != labels.size(0))
    throw ShapeError(fmt::format("[{}] got {} and labels {}, need (n, classes) and (n)", loss,
                                 to_string(scores.shape()), to_string(labels.shape())));
  if (labels.dtype() != int64)
    throw DTypeError(
        fmt::format("[{}] got labels of type {}, need int64", loss, name_of(labels.dtype())));
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& targets, Reduction reduction) {
  return reduce(softmax_cross_entropy(logits, as_targets(logits, targets)), reduction);
}

Tensor nll(const Tensor& log_probabilities, const Tensor& labels, Reduction reduction) {
  require_labels("nll", log_probabilities, labels);
  const std::int64_t classes = log_probabilities.size(1);
  for (const std::int64_t label : labels.to_vector<std::int64_t>())
    if (label < 0 || label >= classes)
      throw DomainError(fmt::format("[nll] got label {}, need 0 <= label < {}", label, classes));
  const std::int64_t n = labels.size(0);
  return reduce(-gather(log_probabilities, 1, labels.reshape({n, 1})).reshape({n}), reduction);
}

Tensor bce(const Tensor& probabilities, const Tensor& targets, Reduction reduction) {
  return reduce(elementwise_bce("bce", probabilities, targets), reduction);
}

Tensor bce_with_logits(const Tensor& logits, const Tensor& targets, Reduction reduction) {
  require_same_shape("bce_with_logits", logits, targets);
  return reduce(detail::binary_error_of_logit(logits, targets.to(logits.dtype())), reduction);
}

Tensor binary_cross_entropy(const Tensor& probabilities, const Tensor& targets,
                            Reduction reduction) {
  if (probabilities.rank() != 2)
    throw ShapeError(fmt::format("[binary_cross_entropy] got {}, need (n, outputs)",
                                 to_string(probabilities.shape())));
  return reduce(elementwise_bce("binary_cross_entropy", probabilities, targets).sum(1), reduction);
}

Tensor hinge(const Tensor& scores, const Tensor& targets, Reduction reduction) {
  require_same_shape("hinge", scores, targets);
  require_all(
      "hinge", targets, [](double t) { return t == 1.0 || t == -1.0; }, "targets of -1 or 1");
  return reduce(detail::margin_error(scores, targets.to(scores.dtype())), reduction);
}

double accuracy(const Tensor& scores, const Tensor& labels) {
  require_labels("accuracy", scores, labels);
  const NoGrad no_grad;
  const std::vector<std::int64_t> found = scores.argmax(1).to_vector<std::int64_t>();
  const std::vector<std::int64_t> wanted = labels.to_vector<std::int64_t>();
  std::int64_t right = 0;
  for (std::size_t i = 0; i < found.size(); ++i) right += found[i] == wanted[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(found.size());
}

}  // namespace nabla::nn
