// SPDX-License-Identifier: MIT
#include <limits>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/nn/loss/classification.hpp>
#include <nabla/nn/loss/terms.hpp>
#include <nabla/ops/argmax.hpp>
#include <nabla/ops/ops.hpp>

#include "checks.hpp"
#include "mapped.hpp"

namespace nabla::nn {
namespace {

/// The losses of the rows, reduced; their mean is over the shares.
Tensor reduce_shared(const Tensor& losses, const Labelled& x, Reduction reduction) {
  if (reduction != Reduction::mean || !x.shares.defined())
    return reduce(of_shape(losses, x.shape), reduction);
  const Tensor total = x.shares.sum();
  return where(total != 0.0, losses.sum() / total, std::numeric_limits<double>::quiet_NaN());
}

/// The losses of the rows times their shares; a share of 0 leaves nothing of an infinite loss.
Tensor shared(const Tensor& losses, const Labelled& x) {
  return x.shares.defined() ? where(x.shares != 0.0, losses * x.shares, 0.0) : losses;
}

/// Targets t (m, c), smoothed and times the weights.
Tensor spread_out(const Tensor& t, const CrossEntropyOptions& options) {
  const double each = options.smoothing / static_cast<double>(t.size(1));
  const Tensor smooth = options.smoothing == 0.0 ? t : t * (1.0 - options.smoothing) + each;
  return options.weights.defined() ? smooth * options.weights.to(t.dtype()) : smooth;
}

Tensor entropy_of_labels(const Tensor& logits, const Tensor& labels,
                         const CrossEntropyOptions& options) {
  Labelled x = labelled("cross_entropy", logits, labels, options.weights, options.ignore_index);
  // Whatever is in a row that is ignored, 0 times its gradient has to be 0.
  if (x.counts.defined()) x.rows = where(x.counts.reshape({x.rows.size(0), 1}), x.rows, 0.0);
  if (options.smoothing == 0.0) {
    const Tensor losses = softmax_cross_entropy(x.rows, x.labels);
    return reduce_shared(shared(losses, x), x, options.reduction);
  }
  const Tensor t = spread_out(one_hot(x.labels, x.rows.size(1), logits.dtype()), options);
  const Tensor losses = softmax_cross_entropy(x.rows, t);
  return reduce_shared(x.counts.defined() ? where(x.counts, losses, 0.0) : losses, x,
                       options.reduction);
}

Tensor entropy_of_probabilities(const Tensor& logits, const Tensor& targets,
                                const CrossEntropyOptions& options) {
  detail::check_option("cross_entropy", options.ignore_index < 0, "ignore_index",
                       static_cast<double>(options.ignore_index), "labels with it");
  require_weights("cross_entropy", options.weights, logits.size(1));
  const Tensor t = spread_out(class_rows(targets.to(logits.dtype())), options);
  const Tensor losses = softmax_cross_entropy(class_rows(logits), t);
  return reduce(of_shape(losses, logits.shape().without(1)), options.reduction);
}

/// A weight of bce, of type `like`; 1 if there is none.
Tensor weight_of(const char* loss, const char* what, const Tensor& weight, const Tensor& like) {
  if (!weight.defined()) return ones({}, like.dtype());
  require_broadcast(loss, what, weight, like.shape());
  return weight.to(like.dtype());
}

/// f(x, t, weight, pos_weight) of each element, reduced.
template <class F>
Tensor reduced_weighted(const char* loss, const F& f, const Tensor& x, const Tensor& t,
                        const BceOptions& options) {
  return mapped(options.reduction, f, x, t, weight_of(loss, "weights", options.weights, x),
                weight_of(loss, "pos_weight", options.pos_weight, x));
}

bool is_weighted(const BceOptions& options) {
  return options.weights.defined() || options.pos_weight.defined();
}

/// What a part of a target adds to a loss: nothing if it is 0, though it should cost infinitely much.
constexpr auto part_of_loss = [](auto part, auto cost) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto product = part * cost;
  return choose(part == 0.0, choose(cost == kInfinity, decltype(part)(0), product), product);
};

constexpr auto weighted_bce = [](auto p, auto t, auto weight, auto pos_weight) {
  return weight * binary_error(p, t * pos_weight, 1.0 - t);
};
constexpr auto weighted_bce_with_logits = [](auto z, auto t, auto weight, auto pos_weight) {
  return weight * (part_of_loss(t * pos_weight, softplus(-z)) + part_of_loss(1.0 - t, softplus(z)));
};

/// Of the focal loss, with the power that the probability of the wrong answer is taken to.
template <class Power>
constexpr auto focal_term(double alpha, const Power& power) {
  return [alpha, power](auto z, auto t) {
    const auto wrong = t * sigmoid(-z) + (1.0 - t) * sigmoid(z);
    const auto balance = alpha * t + (1.0 - alpha) * (1.0 - t);
    return balance * power(wrong) * nabla::bce_with_logits(z, t);
  };
}

/// binary_error of p and targets, reduced.
Tensor reduced_bce(const char* loss, const Tensor& p, const Tensor& targets,
                   const BceOptions& options) {
  require_same_shape(loss, p, targets);
  require_all<FromZeroToOne>(loss, p, "probabilities from 0 to 1");
  require_all<FromZeroToOne>(loss, targets, "targets from 0 to 1");
  const Tensor t = targets.to(p.dtype());
  return is_weighted(options) ? reduced_weighted(loss, weighted_bce, p, t, options)
                              : reduced(options.reduction, op::BinaryError{}, p, t, 1.0 - t);
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& targets,
                     const CrossEntropyOptions& options) {
  require_floating("cross_entropy", logits);
  const double smoothing = options.smoothing;
  detail::check_option("cross_entropy", smoothing >= 0.0 && smoothing <= 1.0, "smoothing",
                       smoothing, "0 to 1");
  const Shape of_targets = nabla::detail::defined(targets, "cross_entropy").shape();
  return logits.rank() > 1 && of_targets == logits.shape()
             ? entropy_of_probabilities(logits, targets, options)
             : entropy_of_labels(logits, targets, options);
}

Tensor cross_entropy(const Tensor& logits, const Tensor& targets, Reduction reduction) {
  return cross_entropy(logits, targets, CrossEntropyOptions{.reduction = reduction});
}

Tensor nll(const Tensor& log_probabilities, const Tensor& labels, const NllOptions& options) {
  require_floating("nll", log_probabilities);
  const Labelled x =
      labelled("nll", log_probabilities, labels, options.weights, options.ignore_index);
  const std::int64_t count = x.rows.size(0);
  const Tensor losses = -gather(x.rows, 1, x.labels.reshape({count, 1})).reshape({count});
  return reduce_shared(shared(losses, x), x, options.reduction);
}

Tensor nll(const Tensor& log_probabilities, const Tensor& labels, Reduction reduction) {
  return nll(log_probabilities, labels, NllOptions{.reduction = reduction});
}

Tensor bce(const Tensor& probabilities, const Tensor& targets, const BceOptions& options) {
  return reduced_bce("bce", probabilities, targets, options);
}

Tensor bce(const Tensor& probabilities, const Tensor& targets, Reduction reduction) {
  return bce(probabilities, targets, BceOptions{.reduction = reduction});
}

Tensor bce_with_logits(const Tensor& logits, const Tensor& targets, const BceOptions& options) {
  require_same_shape("bce_with_logits", logits, targets);
  const Tensor t = targets.to(logits.dtype());
  return is_weighted(options)
             ? reduced_weighted("bce_with_logits", weighted_bce_with_logits, logits, t, options)
             : reduced(options.reduction, op::BceWithLogits{}, logits, t);
}

Tensor bce_with_logits(const Tensor& logits, const Tensor& targets, Reduction reduction) {
  return bce_with_logits(logits, targets, BceOptions{.reduction = reduction});
}

Tensor binary_cross_entropy(const Tensor& probabilities, const Tensor& targets,
                            Reduction reduction) {
  if (nabla::detail::defined(probabilities, "binary_cross_entropy").rank() != 2)
    throw ShapeError(fmt::format("[binary_cross_entropy] got {}, need (n, outputs)",
                                 to_string(probabilities.shape())));
  const Tensor losses =
      reduced_bce("binary_cross_entropy", probabilities, targets, {.reduction = Reduction::none});
  return reduce(losses.sum(1), reduction);
}

Tensor focal(const Tensor& logits, const Tensor& targets, const FocalOptions& options) {
  const double alpha = options.alpha, gamma = options.gamma;
  require_same_shape("focal", logits, targets);
  detail::check_option("focal", alpha >= 0.0 && alpha <= 1.0, "alpha", alpha, "0 to 1");
  detail::check_option("focal", gamma >= 0.0, "gamma", gamma, "at least 0");
  const Tensor t = targets.to(logits.dtype());
  const auto with = [&](const auto& power) {
    return mapped(options.reduction, focal_term(alpha, power), logits, t);
  };
  return gamma == 2.0 ? with([](const auto& wrong) { return square(wrong); })
                      : with([gamma](const auto& wrong) { return pow(wrong, gamma); });
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
