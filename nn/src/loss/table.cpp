// SPDX-License-Identifier: MIT
#include <vector>

#include <nabla/nn/loss/classification.hpp>
#include <nabla/nn/loss/information.hpp>
#include <nabla/nn/loss/likelihood.hpp>
#include <nabla/nn/loss/margin.hpp>
#include <nabla/nn/loss/regression.hpp>
#include <nabla/nn/loss/regularizer.hpp>
#include <nabla/nn/loss/similarity.hpp>
#include <nabla/nn/loss/table.hpp>
#include <nabla/ops/ops.hpp>

namespace nabla::nn {
namespace {

using Tensors = std::span<const Tensor>;
using Samples = std::vector<Sample>;
using PairLoss = Tensor (*)(const Tensor&, const Tensor&, Reduction);

constexpr Interval kReal{-2.0, 2.0}, kProbability{0.1, 0.9};

Tensor drawn(const Shape& shape, Interval interval, std::uint64_t seed = 1) {
  return sample_tensor(shape, interval.lower, interval.upper, seed);
}

/// Two tensors of one shape.
std::vector<Tensor> drawn_pair(const Shape& shape, Interval first = kReal,
                               Interval second = kReal) {
  return {drawn(shape, first), drawn(shape, second, 2)};
}

/// A loss of two tensors of one shape, differentiated by both; and what else there is to say of it.
Samples of_pairs(PairLoss loss, Interval first = kReal, Interval second = kReal,
                 const Samples& more = {}) {
  const auto by = [loss](Reduction reduction) {
    return [loss, reduction](Tensors x) { return loss(x[0], x[1], reduction); };
  };
  const auto pair = [&](const Shape& shape) { return drawn_pair(shape, first, second); };
  Samples samples{{"mean", pair({2, 3}), by(Reduction::mean)},
                  {"sum", pair({2, 2}), by(Reduction::sum)},
                  {"none", pair({3, 2}), by(Reduction::none)},
                  {"without elements", pair({0, 2}), by(Reduction::sum)}};
  samples.insert(samples.end(), more.begin(), more.end());
  return samples;
}

/// Two numbers at which a loss has a kink.
Sample at_kink(PairLoss loss, double first, double second) {
  return {"the kink",
          {tensor({first}, float64), tensor({second}, float64)},
          [loss](Tensors x) { return loss(x[0], x[1], Reduction::none); },
          false};
}

/// Targets like x: 1, -1, 1, ...
Tensor sides_of(const Tensor& x) {
  std::vector<double> sides(static_cast<std::size_t>(x.numel()));
  for (std::size_t i = 0; i < sides.size(); ++i) sides[i] = i % 2 == 0 ? 1.0 : -1.0;
  return from_span(std::span<const double>(sides), x.shape());
}

/// A loss of scores, by targets of -1 or 1. Its kink, if it has one, is where t s = 1.
Samples of_scores(PairLoss loss, bool has_kink) {
  const auto by = [loss](Reduction reduction) {
    return [loss, reduction](Tensors x) { return loss(x[0], sides_of(x[0]), reduction); };
  };
  Samples samples{{"mean", {drawn({2, 3}, kReal)}, by(Reduction::mean)},
                  {"sum", {drawn({4}, kReal)}, by(Reduction::sum)},
                  {"none", {drawn({3, 2}, kReal)}, by(Reduction::none)},
                  {"without elements", {drawn({0, 2}, kReal)}, by(Reduction::sum)}};
  if (has_kink)
    samples.push_back({"the kink", {tensor({1.0, -1.0}, float64)}, by(Reduction::none), false});
  return samples;
}

/// A penalty of all parameters, at 0 too if it has a kink there.
Samples of_parameters(Tensor (*penalty)(Tensors), bool has_kink) {
  Samples samples{{"a matrix and a vector", {drawn({2, 3}, kReal), drawn({3}, kReal)}, penalty},
                  {"a number", {drawn({}, kReal)}, penalty},
                  {"without elements", {drawn({0}, kReal)}, penalty}};
  if (has_kink) samples.push_back({"the kink", {zeros({2}, float64)}, penalty, false});
  return samples;
}

Tensor some_labels() { return tensor({2, 0, 1, 2}, int64); }
Tensor labels_of_positions() { return tensor({{2, 0}, {1, 1}}, int64); }
const Shape kScores{4, 3}, kPositions{2, 3, 2};

}  // namespace

std::span<const Composition> all_losses() {
  static constexpr Composition table[] = {
      {.info = {.name = "nn::bce",
                .formula = "-(t ln p + (1 - t) ln(1 - p))",
                .gradient = "dL/dp = (p - t) / (p (1 - p))",
                .domain = "0 <= p <= 1, 0 <= t <= 1; else an error",
                .kinks = "logarithms kept at -100 or above: gradient 0 there; use bce_with_logits",
                .accuracy = "<= 3 ulp of the larger term, and what rounding 1 - p leaves"},
       .made_of = "binary_error",
       .samples =
           [] {
             return of_pairs(bce, kProbability, kProbability,
                             {{"weights, pos_weight",
                               {drawn({2, 3}, kProbability), drawn({2, 3}, kProbability, 2),
                                drawn({3}, {0.5, 3.0}), drawn({2, 1}, {0.5, 3.0})},
                               [](Tensors x) {
                                 return bce(x[0], x[1], {.weights = x[2], .pos_weight = x[3]});
                               }},
                              {"weights, none",
                               {drawn({2, 3}, kProbability), drawn({2, 3}, kProbability, 2),
                                drawn({3}, {0.5, 3.0})},
                               [](Tensors x) {
                                 return bce(x[0], x[1],
                                            {.weights = x[2], .reduction = Reduction::none});
                               }}});
           }},
      {.info = {.name = "nn::bce_with_logits",
                .formula = "ln(1 + e^z) - t z",
                .gradient = "dL/dz = sigmoid(z) - t",
                .accuracy = "<= 4 ulp of the larger term"},
       .made_of = "bce_with_logits, softplus",
       .samples =
           [] {
             return of_pairs(
                 bce_with_logits, kReal, kProbability,
                 {{"weights, pos_weight",
                   {drawn({2, 3}, kReal), drawn({2, 3}, kProbability, 2), drawn({3}, {0.5, 3.0}),
                    drawn({2, 1}, {0.5, 3.0})},
                   [](Tensors x) {
                     return bce_with_logits(x[0], x[1], {.weights = x[2], .pos_weight = x[3]});
                   }},
                  {"pos_weight, none",
                   {drawn({2, 3}, kReal), drawn({2, 3}, kProbability, 2),
                    drawn({2, 1}, {0.5, 3.0})},
                   [](Tensors x) {
                     return bce_with_logits(x[0], x[1],
                                            {.pos_weight = x[2], .reduction = Reduction::none});
                   }}});
           }},
      {.info = {.name = "nn::binary_cross_entropy",
                .formula = "bce summed over the outputs of an example",
                .gradient = "as nn::bce",
                .domain = "as nn::bce",
                .kinks = "as nn::bce",
                .accuracy = "as nn::bce, and as sum"},
       .made_of = "binary_error, sum",
       .samples = [] { return of_pairs(binary_cross_entropy, kProbability, kProbability); }},
      {.info = {.name = "nn::cosine_embedding",
                .formula = "1 - cos for t = 1, max(0, cos - margin) for t = -1",
                .gradient = "as cosine_similarity",
                .domain = "t = -1 or t = 1; else an error",
                .kinks = "cos = margin: 0",
                .accuracy = "as cosine_similarity"},
       .made_of = "cosine_similarity, where, relu",
       .samples =
           [] {
             const auto by = [](double margin, Reduction reduction) {
               return [margin, reduction](Tensors x) {
                 return cosine_embedding(x[0], x[1], sides_of(x[0].detach().sum(-1)), margin,
                                         reduction);
               };
             };
             return Samples{{"mean", drawn_pair({4, 3}), by(0.0, Reduction::mean)},
                            {"sum, a margin", drawn_pair({3, 2}), by(-0.5, Reduction::sum)},
                            {"none", drawn_pair({2, 3}), by(0.1, Reduction::none)},
                            {"no vectors", drawn_pair({0, 2}), by(0.0, Reduction::sum)}};
           }},
      {.info = {.name = "nn::cross_entropy",
                .formula = "-sum over classes of w t ln softmax(z)",
                .gradient = "dL/dz = softmax(z) - t, times w",
                .domain = "labels 0 to c - 1, or ignore_index; else an error",
                .kinks = "all ignored: NaN, gradient 0; what is ignored may be NaN",
                .accuracy = "as softmax_cross_entropy"},
       .made_of = "softmax_cross_entropy, log_softmax",
       .samples =
           [] {
             return Samples{
                 {"labels, mean",
                  {drawn(kScores, kReal)},
                  [](Tensors x) { return cross_entropy(x[0], some_labels()); }},
                 {"labels of positions, none",
                  {drawn(kPositions, kReal)},
                  [](Tensors x) {
                    return cross_entropy(x[0], labels_of_positions(), Reduction::none);
                  }},
                 {"weights, a label ignored, mean",
                  {drawn(kScores, kReal), drawn({3}, {0.5, 3.0})},
                  [](Tensors x) {
                    return cross_entropy(x[0], some_labels(), {.weights = x[1], .ignore_index = 0});
                  }},
                 {"weights, a label ignored, smoothing, sum",
                  {drawn(kScores, kReal), drawn({3}, {0.5, 3.0})},
                  [](Tensors x) {
                    return cross_entropy(x[0], some_labels(),
                                         {.weights = x[1],
                                          .ignore_index = 0,
                                          .smoothing = 0.25,
                                          .reduction = Reduction::sum});
                  }},
                 {"probabilities, weights",
                  {drawn({2, 3}, kReal), drawn({2, 3}, kProbability), drawn({3}, {0.5, 3.0})},
                  [](Tensors x) {
                    return cross_entropy(x[0], x[1], {.weights = x[2], .smoothing = 0.1});
                  }},
                 {"probabilities, weights, none",
                  {drawn({2, 3}, kReal), drawn({2, 3}, kProbability), drawn({3}, {0.5, 3.0})},
                  [](Tensors x) {
                    return cross_entropy(x[0], x[1],
                                         {.weights = x[2], .reduction = Reduction::none});
                  }},
                 {"no examples", {drawn({0, 3}, kReal)}, [](Tensors x) {
                    return cross_entropy(x[0], zeros({0}, int64), Reduction::sum);
                  }}};
           }},
      {.info = {.name = "nn::cross_entropy_between",
                .formula = "-sum p ln q",
                .gradient = "dL/dq = -p / q, dL/dp = -ln q",
                .domain = "q >= 0; NaN below",
                .kinks = "p = 0: adds 0, gradient by q 0",
                .accuracy = "terms <= 2 ulp, as sum"},
       .made_of = "xlogy, sum",
       .samples = [] { return of_pairs(cross_entropy_between, kProbability, kProbability); }},
      {.info = {.name = "nn::elastic_net",
                .formula = "a sum |w| + b sum w^2",
                .gradient = "dL/dw = a sign w + 2 b w",
                .kinks = "w = 0: 0",
                .accuracy = "terms <= 0.5 ulp, as sum"},
       .made_of = "abs, square, sum",
       .samples =
           [] { return of_parameters([](Tensors x) { return elastic_net(x, 0.5, 0.25); }, true); }},
      {.info = {.name = "nn::entropy",
                .formula = "-sum p ln p",
                .gradient = "dL/dp = -ln p - 1",
                .domain = "p >= 0; NaN below",
                .kinks = "p = 0: 0, gradient 0",
                .accuracy = "terms <= 2 ulp, as sum"},
       .made_of = "xlogy, sum",
       .samples =
           [] {
             const auto by = [](Reduction reduction) {
               return [reduction](Tensors x) { return entropy(x[0], reduction); };
             };
             return Samples{
                 {"mean", {drawn({2, 3}, kProbability)}, by(Reduction::mean)},
                 {"sum", {drawn({4}, kProbability)}, by(Reduction::sum)},
                 {"none", {drawn({2, 2, 3}, kProbability)}, by(Reduction::none)},
                 {"without elements", {drawn({2, 0}, kProbability)}, by(Reduction::sum)}};
           }},
      {.info = {.name = "nn::focal",
                .formula = "-(1 - r)^gamma ln r, r = the probability of the right answer",
                .gradient = "dL/dz by the chain rule",
                .accuracy = "relative error <= (6 + 4 gamma) eps for t = 0 and t = 1",
                .source = "Lin et al. 2017, \"Focal loss for dense object detection\""},
       .made_of = "sigmoid, pow, square, mul, bce_with_logits",
       .samples =
           [] {
             return of_pairs(
                 [](const Tensor& z, const Tensor& t, Reduction r) {
                   return focal(z, t, {.reduction = r});
                 },
                 kReal, kProbability,
                 {{"alpha 0.5, gamma 1.5",
                   {drawn({2, 3}, kReal), drawn({2, 3}, kProbability, 2)},
                   [](Tensors x) { return focal(x[0], x[1], {.alpha = 0.5, .gamma = 1.5}); }},
                  {"gamma 1.5, none",
                   {drawn({3}, kReal), drawn({3}, kProbability, 2)},
                   [](Tensors x) {
                     return focal(x[0], x[1], {.gamma = 1.5, .reduction = Reduction::none});
                   }},
                  {"gamma 0", {drawn({3}, kReal), drawn({3}, kProbability, 2)}, [](Tensors x) {
                     return focal(x[0], x[1], {.gamma = 0.0});
                   }}});
           }},
      {.info = {.name = "nn::gaussian_nll",
                .formula = "(ln v + (t - x)^2 / v) / 2",
                .gradient = "dL/dx = (x - t) / v, dL/dv = (1 - (t - x)^2 / v) / (2 v)",
                .domain = "v >= 0; else an error",
                .kinks = "v < eps: v = eps, gradient by v 0",
                .accuracy = "<= 3 ulp of the larger term",
                .source = "Nix & Weigend 1994, \"Estimating the mean and variance of the target "
                          "probability distribution\""},
       .made_of = "gaussian_error, clamp",
       .samples =
           [] {
             const auto with = [](GaussianNllOptions options) {
               return [options](Tensors x) { return gaussian_nll(x[0], x[1], x[2], options); };
             };
             const auto triple = [](const Shape& shape, const Shape& variances) {
               return std::vector{drawn(shape, kReal), drawn(shape, kReal, 2),
                                  drawn(variances, {0.5, 2.0}, 3)};
             };
             return Samples{
                 {"mean", triple({2, 3}, {2, 3}), with({})},
                 {"a variance for a row, full, sum", triple({2, 3}, {2, 1}),
                  with({.full = true, .reduction = Reduction::sum})},
                 {"variances below epsilon, none", triple({3}, {3}),
                  with({.epsilon = 4.0, .reduction = Reduction::none})},
                 {"without elements", triple({0, 2}, {0, 2}), with({.reduction = Reduction::sum})}};
           }},
      {.info = {.name = "nn::half_mse",
                .formula = "(p - t)^2 / 2",
                .gradient = "dL/dp = p - t",
                .accuracy = "<= 2 ulp"},
       .made_of = "squared_error",
       .samples = [] { return of_pairs(half_mse); }},
      {.info = {.name = "nn::half_sum_of_squares",
                .formula = "sum of (p - t)^2 / 2",
                .gradient = "dL/dp = p - t",
                .accuracy = "terms <= 2 ulp, as sum"},
       .made_of = "squared_error, sum",
       .samples = [] { return of_pairs(half_sum_of_squares); }},
      {.info = {.name = "nn::hinge",
                .formula = "max(0, 1 - t s)",
                .gradient = "dL/ds = -t where t s < 1, else 0",
                .domain = "t = -1 or t = 1; else an error",
                .kinks = "t s = 1: 0",
                .accuracy = "<= 2 ulp of the larger of 1 and |s|"},
       .made_of = "hinge_error",
       .samples = [] { return of_scores(hinge, true); }},
      {.info = {.name = "nn::huber",
                .formula = "d^2 / 2 for |d| <= delta, else delta (|d| - delta / 2)",
                .gradient = "dL/dp = d, limited to [-delta, delta]",
                .accuracy = "<= 4 ulp",
                .source = "Huber 1964, \"Robust estimation of a location parameter\""},
       .made_of = "huber_error",
       .samples =
           [] {
             constexpr PairLoss loss = [](const Tensor& p, const Tensor& t, Reduction r) {
               return huber(p, t, 0.75, r);
             };
             return of_pairs(loss, kReal, kReal, {at_kink(loss, 2.0, 1.25)});
           }},
      {.info = {.name = "nn::kl_divergence",
                .formula = "sum p (ln p - ln q)",
                .gradient = "dL/dq = -p / q, dL/dp = ln p - ln q + 1",
                .domain = "p >= 0, q >= 0; NaN below",
                .kinks = "p = 0: adds 0, gradient 0; q = 0 < p: infinite",
                .accuracy = "terms <= 4 ulp of the larger of p ln p and p ln q, as sum"},
       .made_of = "rel_entr, exp, log, sub, mul, where, sum",
       .samples =
           [] {
             const auto with = [](KlDivergenceOptions options) {
               return [options](Tensors x) { return kl_divergence(x[0], x[1], options); };
             };
             return of_pairs(
                 kl_divergence, kProbability, kProbability,
                 {{"ln q",
                   {drawn({2, 3}, kProbability), drawn({2, 3}, {-3.0, -0.1})},
                   with({.log_q = true})},
                  {"ln q, none",
                   {drawn({2, 3}, kProbability), drawn({2, 3}, {-3.0, -0.1})},
                   with({.log_q = true, .reduction = Reduction::none})},
                  {"ln p",
                   {drawn({2, 3}, {-3.0, -0.1}), drawn({2, 3}, kProbability)},
                   with({.log_p = true})},
                  {"ln p, none",
                   {drawn({2, 3}, {-3.0, -0.1}), drawn({2, 3}, kProbability)},
                   with({.log_p = true, .reduction = Reduction::none})},
                  {"ln p and ln q, none",
                   {drawn({2, 3}, {-3.0, -0.1}), drawn({2, 3}, {-3.0, -0.1}, 2)},
                   with({.log_p = true, .log_q = true, .reduction = Reduction::none})}});
           }},
      {.info = {.name = "nn::l1",
                .formula = "a sum |w|",
                .gradient = "dL/dw = a sign w",
                .kinks = "w = 0: 0",
                .accuracy = "as sum"},
       .made_of = "abs, sum",
       .samples = [] { return of_parameters([](Tensors x) { return l1(x, 0.5); }, true); }},
      {.info = {.name = "nn::l2",
                .formula = "a sum w^2",
                .gradient = "dL/dw = 2 a w",
                .accuracy = "terms <= 0.5 ulp, as sum"},
       .made_of = "square, sum",
       .samples = [] { return of_parameters([](Tensors x) { return l2(x, 0.5); }, false); }},
      {.info = {.name = "nn::log_cosh",
                .formula = "ln cosh d",
                .gradient = "dL/dp = tanh d",
                .accuracy = "<= 7 ulp, without overflow"},
       .made_of = "log_cosh_error",
       .samples =
           [] {
             return of_pairs(log_cosh, kReal, kReal,
                             {{"large and small",
                               {tensor({4.0, -8.0, 1e-3, 0.0}, float64), zeros({4}, float64)},
                               [](Tensors x) { return log_cosh(x[0], x[1]); }}});
           }},
      {.info = {.name = "nn::mae",
                .formula = "|p - t|",
                .gradient = "dL/dp = sign(p - t)",
                .kinks = "p = t: 0",
                .accuracy = "<= 0.5 ulp"},
       .made_of = "absolute_error",
       .samples = [] { return of_pairs(mae, kReal, kReal, {at_kink(mae, 0.5, 0.5)}); }},
      {.info = {.name = "nn::margin_ranking",
                .formula = "max(0, margin - t (a - b))",
                .gradient = "dL/da = -t, dL/db = t where positive",
                .domain = "t = -1 or t = 1; else an error",
                .kinks = "at the margin: 0",
                .accuracy = "<= 2 ulp of the larger of margin and |a - b|"},
       .made_of = "sub, mul, relu",
       .samples =
           [] {
             constexpr PairLoss loss = [](const Tensor& a, const Tensor& b, Reduction r) {
               return margin_ranking(a, b, sides_of(a), 0.5, r);
             };
             return of_pairs(loss, kReal, kReal, {at_kink(loss, 1.5, 1.0)});
           }},
      {.info = {.name = "nn::mse",
                .formula = "(p - t)^2",
                .gradient = "dL/dp = 2 (p - t)",
                .accuracy = "<= 2 ulp"},
       .made_of = "squared_error",
       .samples = [] { return of_pairs(mse); }},
      {.info = {.name = "nn::multi_margin",
                .formula = "sum over j != label of max(0, margin - s_label + s_j)^power / c",
                .gradient = "by the chain rule",
                .domain = "labels 0 to c - 1; else an error",
                .kinks = "at the margin: 0",
                .accuracy =
                    "terms <= 2 ulp of the largest number, squares of them <= 5 ulp; as mean",
                .source = "Crammer & Singer 2001; Weston & Watkins 1999"},
       .made_of = "gather, sub, relu, mul, sum",
       .samples =
           [] {
             return Samples{
                 {"mean",
                  {drawn(kScores, kReal)},
                  [](Tensors x) { return multi_margin(x[0], some_labels()); }},
                 {"squares, weights, sum",
                  {drawn(kScores, kReal), drawn({3}, {0.5, 3.0})},
                  [](Tensors x) {
                    return multi_margin(x[0], some_labels(),
                                        {.power = 2, .weights = x[1], .reduction = Reduction::sum});
                  }},
                 {"squares, weights, none",
                  {drawn(kScores, kReal), drawn({3}, {0.5, 3.0})},
                  [](Tensors x) {
                    return multi_margin(
                        x[0], some_labels(),
                        {.power = 2, .weights = x[1], .reduction = Reduction::none});
                  }},
                 {"of positions, none",
                  {drawn(kPositions, kReal)},
                  [](Tensors x) {
                    return multi_margin(x[0], labels_of_positions(),
                                        {.margin = 0.5, .reduction = Reduction::none});
                  }},
                 {"the kink",
                  {tensor({{1.0, 2.0}}, float64)},
                  [](Tensors x) { return multi_margin(x[0], tensor({1}, int64)); },
                  false},
                 {"no examples", {drawn({0, 3}, kReal)}, [](Tensors x) {
                    return multi_margin(x[0], zeros({0}, int64), {.reduction = Reduction::sum});
                  }}};
           }},
      {.info = {.name = "nn::nll",
                .formula = "-w l[label]",
                .gradient = "dL/dl = -w at the label, else 0",
                .domain = "labels 0 to c - 1, or ignore_index; else an error",
                .kinks = "all ignored: NaN, gradient 0",
                .accuracy = "<= 0.5 ulp"},
       .made_of = "gather, mul, sum",
       .samples =
           [] {
             return Samples{
                 {"mean",
                  {drawn(kScores, {-3.0, -0.1})},
                  [](Tensors x) { return nll(x[0], some_labels()); }},
                 {"weights, a label ignored",
                  {drawn(kScores, {-3.0, -0.1}), drawn({3}, {0.5, 3.0})},
                  [](Tensors x) {
                    return nll(x[0], some_labels(), {.weights = x[1], .ignore_index = 0});
                  }},
                 {"weights, none",
                  {drawn(kScores, {-3.0, -0.1}), drawn({3}, {0.5, 3.0})},
                  [](Tensors x) {
                    return nll(x[0], some_labels(),
                               {.weights = x[1], .reduction = Reduction::none});
                  }},
                 {"of positions, none",
                  {drawn(kPositions, {-3.0, -0.1})},
                  [](Tensors x) { return nll(x[0], labels_of_positions(), Reduction::none); }},
                 {"no examples", {drawn({0, 3}, kReal)}, [](Tensors x) {
                    return nll(x[0], zeros({0}, int64), Reduction::sum);
                  }}};
           }},
      {.info = {.name = "nn::poisson_nll",
                .formula = "e^x - t x, or x - t ln(x + eps)",
                .gradient = "dL/dx = e^x - t, or 1 - t / (x + eps)",
                .domain = "t >= 0, else an error; without log_input x > -eps, NaN below",
                .accuracy = "<= 4 ulp of the largest term"},
       .made_of = "poisson_error, log, mul, sub",
       .samples =
           [] {
             return of_pairs(
                 [](const Tensor& x, const Tensor& t, Reduction r) {
                   return poisson_nll(x, t, {.reduction = r});
                 },
                 kReal, {0.5, 3.0},
                 {{"of means",
                   {drawn({2, 3}, {0.5, 3.0}), drawn({2, 3}, {0.5, 3.0}, 2)},
                   [](Tensors x) { return poisson_nll(x[0], x[1], {.log_input = false}); }},
                  {"of means, full, none",
                   {drawn({2, 3}, {0.5, 3.0}), drawn({2, 3}, {1.5, 4.0}, 2)},
                   [](Tensors x) {
                     return poisson_nll(
                         x[0], x[1],
                         {.log_input = false, .full = true, .reduction = Reduction::none});
                   }},
                  {"full", {drawn({2, 3}, kReal), drawn({2, 3}, {1.5, 4.0})}, [](Tensors x) {
                     return poisson_nll(x[0], x[1], {.full = true});
                   }}});
           }},
      {.info = {.name = "nn::smooth_l1",
                .formula = "huber with delta = beta, over beta",
                .gradient = "dL/dp = d / beta, limited to [-1, 1]",
                .kinks = "beta = 0: mae",
                .accuracy = "<= 5 ulp",
                .source = "Girshick 2015, \"Fast R-CNN\""},
       .made_of = "huber_error, div",
       .samples =
           [] {
             constexpr PairLoss loss = [](const Tensor& p, const Tensor& t, Reduction r) {
               return smooth_l1(p, t, 0.75, r);
             };
             return of_pairs(
                 loss, kReal, kReal,
                 {at_kink(loss, 2.0, 1.25),
                  {"beta 0", {drawn({2, 3}, kReal), drawn({2, 3}, kReal, 2)}, [](Tensors x) {
                     return smooth_l1(x[0], x[1], 0.0);
                   }}});
           }},
      {.info = {.name = "nn::soft_margin",
                .formula = "ln(1 + e^(-t s))",
                .gradient = "dL/ds = -t sigmoid(-t s)",
                .domain = "t = -1 or t = 1; else an error",
                .accuracy = "<= 4 ulp, without overflow"},
       .made_of = "soft_margin_error",
       .samples = [] { return of_scores(soft_margin, false); }},
      {.info = {.name = "nn::triplet_margin",
                .formula = "max(0, |a - p| - |a - n| + margin)",
                .gradient = "dL/da = (a - p) / |a - p| - (a - n) / |a - n| where positive",
                .kinks = "a distance of 0, the margin: 0",
                .accuracy = "as triplet_margin",
                .source = "Balntas et al. 2016, \"Learning local feature descriptors with triplets "
                          "and shallow convolutional neural networks\""},
       .made_of = "triplet_margin",
       .samples = [] {
         const auto with = [](TripletMarginOptions options) {
           return [options](Tensors x) { return triplet_margin(x[0], x[1], x[2], options); };
         };
         const auto triple = [](const Shape& shape) {
           return std::vector{drawn(shape, kReal), drawn(shape, kReal, 2), drawn(shape, kReal, 3)};
         };
         return Samples{
             {"mean", triple({3, 2}), with({})},
             {"sums of sizes, the nearer one, sum", triple({2, 3}),
              with({.margin = 4.0, .order = 1, .swap = true, .reduction = Reduction::sum})},
             {"none", triple({2, 2}), with({.margin = 4.0, .reduction = Reduction::none})},
             {"the nearer one, none", triple({2, 2}),
              with({.margin = 4.0, .swap = true, .reduction = Reduction::none})},
             {"the kink, where a = p",
              {zeros({1, 2}, float64), zeros({1, 2}, float64), ones({1, 2}, float64)},
              with({.margin = 4.0}),
              false},
             {"no vectors", triple({0, 2}), with({.reduction = Reduction::sum})}};
       }}};
  return table;
}

}  // namespace nabla::nn
