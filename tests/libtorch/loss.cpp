// SPDX-License-Identifier: MIT
// Losses beside those of libtorch, which are written by others.
#include <cmath>
#include <numbers>

#include <boost/test/unit_test.hpp>

#include <nabla/nn/nn.hpp>
#include <nabla/ops/ops.hpp>

#include "compare.hpp"

#include <torch/torch.h>

using namespace nabla::test;
namespace nn = nabla::nn;
namespace F = torch::nn::functional;

namespace {

using Ours = std::span<const nabla::Tensor>;

nabla::Tensor labels() { return nabla::tensor({2, 0, 1, 2, 3}, nabla::int64); }
nabla::Tensor positions() { return nabla::tensor({{2, 0, 1}, {2, 3, 1}}, nabla::int64); }
nabla::Tensor sides() {
  return nabla::tensor({{1, -1, 1, 1}, {-1, -1, 1, -1}, {1, 1, -1, 1}}, nabla::float64);
}
nabla::Tensor weights() { return nabla::tensor({.5, 2, 3, .25}, nabla::float64); }

F::CrossEntropyFuncOptions their_options(bool weighted, std::int64_t ignored, double smoothing) {
  F::CrossEntropyFuncOptions options;
  if (weighted) options.weight(torch_of(weights()));
  return options.ignore_index(ignored).label_smoothing(smoothing);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(losses)

BOOST_AUTO_TEST_CASE(cross_entropy_of_labels_and_of_probabilities) {
  for (const bool weighted : {false, true})
    for (const std::int64_t ignored : {-100, 2})
      for (const double smoothing : {0.0, .1}) {
        const nn::CrossEntropyOptions options{.weights = weighted ? weights() : nabla::Tensor(),
                                              .ignore_index = ignored,
                                              .smoothing = smoothing};
        const auto theirs = their_options(weighted, ignored, smoothing);
        compare({"of labels",
                 {{{5, 4}}},
                 [&](Ours x) { return nn::cross_entropy(x[0], labels(), options); },
                 [&](const TorchList& x) {
                   return F::cross_entropy(x[0], torch_of(labels()), theirs);
                 }});
        compare({"of positions",
                 {{{2, 4, 3}}},
                 [&](Ours x) { return nn::cross_entropy(x[0], positions(), options); },
                 [&](const TorchList& x) {
                   return F::cross_entropy(x[0], torch_of(positions()), theirs);
                 }});
        if (ignored >= 0) continue;
        compare({"of probabilities",
                 {{{2, 4, 3}}, {{2, 4, 3}, 0, 1}},
                 [&](Ours x) { return nn::cross_entropy(x[0], x[1], options); },
                 [&](const TorchList& x) { return F::cross_entropy(x[0], x[1], theirs); }});
      }
}

BOOST_AUTO_TEST_CASE(nll_with_weights_and_ignored_labels) {
  compare(
      {"nll",
       {{{2, 4, 3}}},
       [](Ours x) { return nn::nll(x[0], positions(), {.weights = weights(), .ignore_index = 1}); },
       [](const TorchList& x) {
         return F::nll_loss(x[0], torch_of(positions()),
                            F::NLLLossFuncOptions().weight(torch_of(weights())).ignore_index(1));
       }});
}

BOOST_AUTO_TEST_CASE(binary_cross_entropy_with_weights) {
  compare({"bce_with_logits",
           {{{3, 4}}, {{3, 4}, 0, 1}},
           [](Ours x) {
             return nn::bce_with_logits(x[0], x[1],
                                        {.weights = weights(), .pos_weight = weights() * 2});
           },
           [](const TorchList& x) {
             return F::binary_cross_entropy_with_logits(x[0], x[1],
                                                        F::BinaryCrossEntropyWithLogitsFuncOptions()
                                                            .weight(torch_of(weights()))
                                                            .pos_weight(torch_of(weights()) * 2));
           }});
  compare({"bce_with_logits",
           {{{3, 4}}, {{3, 4}, 0, 1}},
           [](Ours x) { return nn::bce_with_logits(x[0], x[1]); },
           [](const TorchList& x) { return F::binary_cross_entropy_with_logits(x[0], x[1]); }});
  compare({"bce of probabilities",
           {{{3, 4}, .1, .9}, {{3, 4}, .1, .9}},
           [](Ours x) { return nn::bce(x[0], x[1]); },
           [](const TorchList& x) { return F::binary_cross_entropy(x[0], x[1]); }});
  compare({"binary_cross_entropy of several outputs",
           {{{3, 4}, .1, .9}, {{3, 4}, .1, .9}},
           [](Ours x) { return nn::binary_cross_entropy(x[0], x[1]); },
           [](const TorchList& x) {
             const auto each = F::BinaryCrossEntropyFuncOptions().reduction(torch::kNone);
             return F::binary_cross_entropy(x[0], x[1], each).sum(1).mean();
           }});
  compare({"bce",
           {{{3, 4}, .1, .9}},
           [](Ours x) { return nn::bce(x[0], sides() > 0, {.weights = weights()}); },
           [](const TorchList& x) {
             return F::binary_cross_entropy(
                 x[0], torch_of(sides()).gt(0).to(at::kDouble),
                 F::BinaryCrossEntropyFuncOptions().weight(torch_of(weights())));
           }});
}

BOOST_AUTO_TEST_CASE(losses_on_numbers) {
  const std::vector<Case> cases = {
      {"mae",
       {{{3, 5}}, {{3, 5}}},
       [](Ours x) { return nn::mae(x[0], x[1]); },
       [](const TorchList& x) { return F::l1_loss(x[0], x[1]); }},
      {"mse",
       {{{3, 5}}, {{3, 5}}},
       [](Ours x) { return nn::mse(x[0], x[1]); },
       [](const TorchList& x) { return F::mse_loss(x[0], x[1]); }},
      {"mse, sum",
       {{{3, 5}}, {{3, 5}}},
       [](Ours x) { return nn::mse(x[0], x[1], nn::Reduction::sum); },
       [](const TorchList& x) {
         return F::mse_loss(x[0], x[1], F::MSELossFuncOptions(torch::kSum));
       }},
      {"mse, none",
       {{{3, 5}}, {{3, 5}}},
       [](Ours x) { return nn::mse(x[0], x[1], nn::Reduction::none); },
       [](const TorchList& x) {
         return F::mse_loss(x[0], x[1], F::MSELossFuncOptions(torch::kNone));
       }},
      {"half_mse",
       {{{3, 5}}, {{3, 5}}},
       [](Ours x) { return nn::half_mse(x[0], x[1]); },
       [](const TorchList& x) { return 0.5 * F::mse_loss(x[0], x[1]); }},
      {"half_sum_of_squares",
       {{{3, 5}}, {{3, 5}}},
       [](Ours x) { return nn::half_sum_of_squares(x[0], x[1]); },
       [](const TorchList& x) { return 0.5 * torch::square(x[0] - x[1]).sum(); }},
      {"huber",
       {{{3, 5}}, {{3, 5}}},
       [](Ours x) { return nn::huber(x[0], x[1], .7); },
       [](const TorchList& x) {
         return F::huber_loss(x[0], x[1], F::HuberLossFuncOptions().delta(.7));
       }},
      {"smooth_l1",
       {{{3, 5}}, {{3, 5}}},
       [](Ours x) { return nn::smooth_l1(x[0], x[1], .7); },
       [](const TorchList& x) {
         return F::smooth_l1_loss(x[0], x[1], F::SmoothL1LossFuncOptions(), .7);
       }},
      {"smooth_l1 without a bend",
       {{{3, 5}}, {{3, 5}}},
       [](Ours x) { return nn::smooth_l1(x[0], x[1], 0); },
       [](const TorchList& x) {
         return F::smooth_l1_loss(x[0], x[1], F::SmoothL1LossFuncOptions(), 0);
       }},
      {"log_cosh",
       {{{3, 5}}, {{3, 5}}},
       [](Ours x) { return nn::log_cosh(x[0], x[1]); },
       [](const TorchList& x) { return torch::log(torch::cosh(x[0] - x[1])).mean(); }},
      {"poisson_nll",
       {{{3, 5}}, {{3, 5}, 0, 9}},
       [](Ours x) { return nn::poisson_nll(x[0], x[1], {.full = true}); },
       [](const TorchList& x) {
         return F::poisson_nll_loss(x[0], x[1], F::PoissonNLLLossFuncOptions().full(true));
       }},
      {"poisson_nll of the mean",
       {{{3, 5}, 0, 9}, {{3, 5}, 0, 9}},
       [](Ours x) { return nn::poisson_nll(x[0], x[1], {.log_input = false}); },
       [](const TorchList& x) {
         return F::poisson_nll_loss(x[0], x[1], F::PoissonNLLLossFuncOptions().log_input(false));
       }},
      {"gaussian_nll",  // by its formula: libtorch has it in Python alone
       {{{3, 5}}, {{3, 5}}, {{3, 1}, .5, 2}},
       [](Ours x) { return nn::gaussian_nll(x[0], x[1], x[2], {.full = true}); },
       [](const TorchList& x) {
         const Torch squares = torch::square(x[0] - x[1]) / x[2];
         return (0.5 * (torch::log(x[2]) + squares + std::log(2 * std::numbers::pi))).mean();
       }},
      {"entropy",
       {{{3, 5}, .1, .4}},
       [](Ours x) { return nn::entropy(x[0]); },
       [](const TorchList& x) { return torch::special_entr(x[0]).sum(-1).mean(); }},
      {"cross_entropy_between",
       {{{3, 5}, .1, .4}, {{3, 5}, .1, .4}},
       [](Ours x) { return nn::cross_entropy_between(x[0], x[1]); },
       [](const TorchList& x) { return -torch::xlogy(x[0], x[1]).sum(-1).mean(); }},
      {"kl_divergence of probabilities",
       {{{3, 5}, .1, .4}, {{3, 5}, .1, .4}},
       [](Ours x) { return nn::kl_divergence(x[0], x[1]); },
       [](const TorchList& x) {
         return F::kl_div(torch::log(x[1]), x[0],
                          F::KLDivFuncOptions().reduction(torch::kBatchMean));
       }},
      {"kl_divergence",
       {{{3, 5}, -4, -1}, {{3, 5}, .1, .4}},
       [](Ours x) { return nn::kl_divergence(x[1], x[0], {.log_q = true}); },
       [](const TorchList& x) {
         return F::kl_div(x[0], x[1], F::KLDivFuncOptions().reduction(torch::kBatchMean));
       }},
      {"kl_divergence of logarithms",
       {{{3, 5}, -4, -1}, {{3, 5}, -4, -1}},
       [](Ours x) { return nn::kl_divergence(x[1], x[0], {.log_p = true, .log_q = true}); },
       [](const TorchList& x) {
         return F::kl_div(x[0], x[1],
                          F::KLDivFuncOptions().reduction(torch::kBatchMean).log_target(true));
       }},
  };
  for (const Case& test : cases) compare(test);
}

BOOST_AUTO_TEST_CASE(losses_with_margins) {
  const std::vector<Case> cases = {
      {"hinge",  // of examples that are all on the other side
       {{{3, 4}}},
       [](Ours x) { return nn::hinge(x[0], sides()); },
       [](const TorchList& x) {
         const Torch t = torch_of(sides());
         return F::hinge_embedding_loss(x[0] * t, -torch::ones_like(t));
       }},
      {"soft_margin",
       {{{3, 4}}},
       [](Ours x) { return nn::soft_margin(x[0], sides()); },
       [](const TorchList& x) { return F::soft_margin_loss(x[0], torch_of(sides())); }},
      {"multi_margin",
       {{{5, 4}}},
       [](Ours x) {
         return nn::multi_margin(x[0], labels(), {.power = 2, .margin = .7, .weights = weights()});
       },
       [](const TorchList& x) {
         return F::multi_margin_loss(
             x[0], torch_of(labels()),
             F::MultiMarginLossFuncOptions().p(2).margin(.7).weight(torch_of(weights())));
       }},
      {"multi_margin of one power",
       {{{5, 4}}},
       [](Ours x) { return nn::multi_margin(x[0], labels()); },
       [](const TorchList& x) { return F::multi_margin_loss(x[0], torch_of(labels())); }},
      {"margin_ranking",
       {{{3, 4}}, {{3, 4}}},
       [](Ours x) { return nn::margin_ranking(x[0], x[1], sides(), .3); },
       [](const TorchList& x) {
         return F::margin_ranking_loss(x[0], x[1], torch_of(sides()),
                                       F::MarginRankingLossFuncOptions().margin(.3));
       }},
      {"cosine_similarity",
       {{{3, 4}}, {{3, 4}}},
       [](Ours x) { return nn::cosine_similarity(x[0], x[1], 1); },
       [](const TorchList& x) { return F::cosine_similarity(x[0], x[1]); }},
      {"cosine_embedding",
       {{{4, 3}}, {{4, 3}}},
       [](Ours x) { return nn::cosine_embedding(x[0], x[1], sides()[0], .1); },
       [](const TorchList& x) {
         return F::cosine_embedding_loss(x[0], x[1], torch_of(sides())[0],
                                         F::CosineEmbeddingLossFuncOptions().margin(.1));
       },
       1e-11,
       1e-12},  // theirs adds 1e-12 to squares of norms
      {"triplet_margin",
       {{{3, 4}}, {{3, 4}}, {{3, 4}}},
       [](Ours x) { return nn::triplet_margin(x[0], x[1], x[2], {.margin = 1.5, .swap = true}); },
       [](const TorchList& x) {
         return F::triplet_margin_loss(
             x[0], x[1], x[2], F::TripletMarginLossFuncOptions().margin(1.5).eps(0).swap(true));
       }},
      {"triplet_margin by sums",
       {{{3, 4}}, {{3, 4}}, {{3, 4}}},
       [](Ours x) { return nn::triplet_margin(x[0], x[1], x[2], {.margin = 4, .order = 1}); },
       [](const TorchList& x) {
         return F::triplet_margin_loss(x[0], x[1], x[2],
                                       F::TripletMarginLossFuncOptions().margin(4).eps(0).p(1));
       }},
  };
  for (const Case& test : cases) compare(test);
}

BOOST_AUTO_TEST_SUITE_END()
