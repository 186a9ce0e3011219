// SPDX-License-Identifier: MIT
// Losses beside those of libtorch, which are written by others.
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
       1e-11},  // theirs adds 1e-12 to squares of norms
      {"triplet_margin",
       {{{3, 4}}, {{3, 4}}, {{3, 4}}},
       [](Ours x) { return nn::triplet_margin(x[0], x[1], x[2], {.margin = 1.5, .swap = true}); },
       [](const TorchList& x) {
         return F::triplet_margin_loss(
             x[0], x[1], x[2], F::TripletMarginLossFuncOptions().margin(1.5).eps(0).swap(true));
       }},
  };
  for (const Case& test : cases) compare(test);
}

BOOST_AUTO_TEST_SUITE_END()
