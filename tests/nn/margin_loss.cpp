// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

#include "support.hpp"

using namespace nabla;

// Losses with margins and losses on vectors. What they should be is computed by plain loops from the
// definitions.

namespace {

// A few operations on numbers of order 1 in double.
constexpr double kTol = 1e-14;

using Numbers = std::vector<double>;

Numbers gradient_of(const Tensor& loss, const Tensor& x) {
  const auto [gradient] = grad(loss, wrt(x));
  return gradient.to_vector();
}

void check_close(const Numbers& got, const Numbers& expected) {
  BOOST_REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    BOOST_TEST(std::abs(got[i] - expected[i]) <= kTol * (1 + std::abs(expected[i])),
               "[" << i << "]: got " << got[i] << ", need " << expected[i]);
}

template <class Call>
std::string message(const Call& call) {
  return test::message_of([&] { static_cast<void>(call()); });
}

Tensor scores() { return tensor({{.3, -1.2, .8}, {2, .1, -.4}, {-.7, .2, .9}}, float64); }

/// (2, 3) in rows of three numbers, none of them alike.
Tensor rows(double shift) {
  return tensor({{.5 + shift, shift - 1, 2 * shift}, {.25 * shift, 1.5 - shift, shift * shift}},
                float64);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(margin_losses)

BOOST_AUTO_TEST_CASE(soft_margin_is_bce_of_logits_with_other_targets) {
  const Tensor s = variable(tensor({2, 0, -.5, 1000, -1000, 1000}, float64));
  const Tensor t = tensor({1, -1, 1, 1, 1, -1}, int64);
  const Tensor losses = nn::soft_margin(s, t, nn::Reduction::none);
  check_close(losses.to_vector(),
              {std::log1p(std::exp(-2.0)), std::log(2.0), std::log1p(std::exp(.5)), 0, 1000, 1000});
  const auto slope = [](double x) { return 1 / (1 + std::exp(-x)); };
  check_close(gradient_of(losses.sum(), s), {-slope(-2), .5, -slope(.5), 0, -1, 1});
  check_close({nn::soft_margin(s, t).item()}, {nn::bce_with_logits(s, t > 0).item()});
  const Tape tape;
  const std::vector<Value> list{variable(2.0), variable(0.0)};
  const Value of_list = nn::soft_margin(list, Numbers{1, -1});
  check_close({of_list.value()}, {(std::log1p(std::exp(-2.0)) + std::log(2.0)) / 2});
  check_close(grad(of_list, list), {-slope(-2) / 2, .25});
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::soft_margin(list, Numbers{1, 0})), DomainError,
                        test::says({"[soft_margin] got 0, need targets of -1 or 1"}));
}

BOOST_AUTO_TEST_CASE(multi_margin_asks_each_other_class_to_stay_behind) {
  const Tensor y = tensor({2, 0, 1}, int64), w = tensor({.5, 2, 3}, float64);
  for (const int power : {1, 2})
    for (const bool weighted : {false, true}) {
      Numbers expected;
      for (std::int64_t i = 0; i < 3; ++i) {
        const auto label = y.at<std::int64_t>({i});
        double loss = 0.0;
        for (std::int64_t c = 0; c < 3; ++c) {
          const double lack = std::max(0.0, .6 - scores().at({i, label}) + scores().at({i, c}));
          if (c != label) loss += std::pow(lack, power);
        }
        expected.push_back(loss / 3 * (weighted ? w.at({label}) : 1));
      }
      nn::MultiMarginOptions options{
          .power = power, .margin = .6, .reduction = nn::Reduction::none};
      if (weighted) options.weights = w;
      check_close(nn::multi_margin(scores(), y, options).to_vector(), expected);
      options.reduction = nn::Reduction::mean;
      check_close({nn::multi_margin(scores(), y, options).item()},
                  {(expected[0] + expected[1] + expected[2]) / 3});
    }
}

BOOST_AUTO_TEST_CASE(a_margin_just_kept_has_no_gradient) {
  const Tensor s = variable(tensor({{1, 0, -1000}, {1000, 0, 0}}, float64));
  const Tensor loss = nn::multi_margin(s, tensor({0, 1}, int64), {.reduction = nn::Reduction::sum});
  check_close({loss.item()}, {(1001.0 + 1) / 3});
  check_close(gradient_of(loss, s), {0, 0, 0, 1. / 3, -2. / 3, 1. / 3});
  const Tensor a = variable(tensor({1, 2, 0}, float64)), b = tensor({1, 1, 2}, float64);
  const Tensor t = tensor({1, 1, 1}, int64);
  const Tensor ranking = nn::margin_ranking(a, b, t, 0, nn::Reduction::none);
  check_close(ranking.to_vector(), {0, 0, 2});
  check_close(gradient_of(ranking.sum(), a), {0, 0, -1});
}

BOOST_AUTO_TEST_CASE(ranking_has_a_margin_and_two_sides) {
  const Tensor a = tensor({.5, 2, -1, 0}, float64), b = tensor({1, 1, 1, 0}, float64);
  const Tensor t = tensor({1, -1, -1, 1}, float64);
  check_close(nn::margin_ranking(a, b, t, .25, nn::Reduction::none).to_vector(),
              {.75, 1.25, 0, .25});
  check_close({nn::margin_ranking(a, b, t, .25).item()}, {2.25 / 4});
}

BOOST_AUTO_TEST_CASE(no_examples_have_a_sum_and_no_mean) {
  const Tensor none = zeros({0, 3}), no_labels = zeros({0}, int64);
  BOOST_TEST(std::isnan(nn::soft_margin(none, none).item()));
  BOOST_TEST(std::isnan(nn::margin_ranking(none, none, none).item()));
  BOOST_TEST(std::isnan(nn::multi_margin(none, no_labels).item()));
  BOOST_TEST(nn::multi_margin(none, no_labels, {.reduction = nn::Reduction::sum}).item() == 0.0);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_by_name) {
  const Tensor s = zeros({2, 3}), y = tensor({0, 1}, int64);
  BOOST_TEST(message([&] { return nn::soft_margin(s, s); }) ==
             "[soft_margin] got 0, need targets of -1 or 1");
  BOOST_TEST(message([&] { return nn::soft_margin(s, s[0]); }) ==
             "[soft_margin] got shapes (2, 3) and (3,), need the same; reshape one of them?");
  BOOST_TEST(message([&] { return nn::margin_ranking(s, s, s); }) ==
             "[margin_ranking] got 0, need targets of -1 or 1");
  BOOST_TEST(message([&] { return nn::margin_ranking(s, s[0], s); }) ==
             "[margin_ranking] got shapes (2, 3) and (3,), need the same; reshape one of them?");
  BOOST_TEST(message([&] {
               return nn::multi_margin(s, tensor({0, 3}, int64));
             }) == "[multi_margin] got label 3, need 0 <= label < 3");
  BOOST_TEST(message([&] {
               return nn::multi_margin(s, tensor({-100, 0}, int64));
             }) == "[multi_margin] got label -100, need 0 <= label < 3");
  BOOST_TEST(message([&] { return nn::multi_margin(s, y, {.power = 3}); }) ==
             "[multi_margin] got power 3, need 1 or 2");
  BOOST_TEST(message([&] { return nn::multi_margin(s, y, {.weights = ones({2})}); }) ==
             "[multi_margin] got weights (2,), need (3,)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(similarity_losses)

BOOST_AUTO_TEST_CASE(cosine_is_the_product_of_directions) {
  const Tensor a = rows(.1), b = rows(.7);
  Numbers expected;
  for (std::int64_t i = 0; i < 2; ++i) {
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (std::int64_t j = 0; j < 3; ++j) {
      ab += a.at({i, j}) * b.at({i, j});
      aa += a.at({i, j}) * a.at({i, j});
      bb += b.at({i, j}) * b.at({i, j});
    }
    expected.push_back(ab / std::sqrt(aa * bb));
  }
  check_close(nn::cosine_similarity(a, b).to_vector(), expected);
  check_close(nn::cosine_similarity(a.transpose(), b.transpose(), 0).to_vector(), expected);
  check_close({nn::cosine_similarity(a[0], b[0]).item()}, {expected[0]});
  check_close(nn::cosine_similarity(a * 1e200, b * 1e-3).to_vector(), expected);
  check_close(nn::cosine_similarity(a * -1e300, b * 1e300).to_vector(),
              {-expected[0], -expected[1]});
  BOOST_TEST((nn::cosine_similarity(zeros({0, 3}), zeros({0, 3})).shape() == Shape{0}));
}

BOOST_AUTO_TEST_CASE(the_zero_vector_has_cosine_zero_and_a_finite_gradient) {
  const Tensor a = variable(tensor({{0, 0}, {0, 0}}, float64));
  const Tensor b = variable(tensor({{3, 4}, {0, 0}}, float64));
  const Tensor cosine = nn::cosine_similarity(a, b, -1, 1e-4);
  check_close(cosine.to_vector(), {0, 0});
  const auto [by_a, by_b] = grad(cosine.sum(), wrt(a, b));
  check_close(by_a.to_vector(), {.6e4, .8e4, 0, 0});
  check_close(by_b.to_vector(), {0, 0, 0, 0});
}

BOOST_AUTO_TEST_CASE(cosine_embedding_draws_together_and_apart) {
  const Tensor a = tensor({{1, 0}, {1, 0}, {1, 0}, {3, 4}}, float64);
  const Tensor b = tensor({{0, 2}, {0, 2}, {5, 0}, {3, 4}}, float64);
  const Tensor t = tensor({1, -1, -1, 1}, int64);
  check_close(nn::cosine_embedding(a, b, t, .25, nn::Reduction::none).to_vector(), {1, 0, .75, 0});
  check_close({nn::cosine_embedding(a, b, t).item()}, {2.0 / 4});
  check_close({nn::cosine_embedding(a[2], b[2], tensor(-1, int64)).item()}, {1});
}

BOOST_AUTO_TEST_CASE(triplets_compare_distances) {
  const Tensor a = tensor({{0, 0}, {0, 0}, {1, 1}}, float64);
  const Tensor p = tensor({{3, 4}, {3, 4}, {1, 1}}, float64);
  const Tensor n = tensor({{0, 12}, {5, 12}, {1, 1}}, float64);
  const auto losses = [&](nn::TripletMarginOptions options) {
    options.reduction = nn::Reduction::none;
    return nn::triplet_margin(a, p, n, options).to_vector();
  };
  check_close(losses({}), {0, 0, 1});
  check_close(losses({.margin = 10}), {3, 2, 10});
  check_close(losses({.margin = 10, .order = 1}), {5, 0, 10});
  const double p_n = std::sqrt(9.0 + 64.0);
  check_close(losses({.margin = 10, .swap = true}), {15 - p_n, 15 - std::sqrt(68.0), 10});
  check_close({nn::triplet_margin(a, p, n, {.margin = 10}).item()}, {5});
}

BOOST_AUTO_TEST_CASE(a_distance_of_zero_has_no_gradient) {
  const Tensor a = variable(tensor({{1, 1}}, float64));
  const Tensor loss = nn::triplet_margin(a, a.detach(), tensor({{1, 0}}, float64));
  BOOST_TEST(loss.item() == 0.0);
  const Tensor wide = nn::triplet_margin(a, a.detach(), tensor({{1, 0}}, float64), {.margin = 2});
  BOOST_TEST(wide.item() == 1.0);
  check_close(gradient_of(wide, a), {0, -1});
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_by_name) {
  const Tensor a = ones({2, 3}), t = ones({2});
  BOOST_TEST(message([&] { return nn::cosine_similarity(a, a[0]); }) ==
             "[cosine_similarity] got shapes (2, 3) and (3,), need the same; reshape one of them?");
  BOOST_TEST(message([&] { return nn::cosine_similarity(a, a, -1, 0); }) ==
             "[cosine_similarity] got epsilon 0, need more than 0");
  BOOST_TEST(message([&] { return nn::cosine_similarity(a[0][0], a[0][0]); }) ==
             "[cosine_similarity] got single numbers, need vectors");
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::cosine_similarity(a, a, 2)), ShapeError,
                        test::says({"[cosine_similarity]"}));
  BOOST_TEST(message([&] { return nn::cosine_embedding(a, a, a); }) ==
             "[cosine_embedding] got shapes (2,) and (2, 3), need the same; reshape one of them?");
  BOOST_TEST(message([&] { return nn::cosine_embedding(a, a, t * 0); }) ==
             "[cosine_embedding] got 0, need targets of -1 or 1");
  BOOST_TEST(message([&] { return nn::triplet_margin(a, a, t); }) ==
             "[triplet_margin] got shapes (2, 3) and (2,), need the same; reshape one of them?");
  BOOST_TEST(message([&] { return nn::triplet_margin(a, a, a, {.order = 3}); }) ==
             "[triplet_margin] got order 3, need 1 or 2");
  BOOST_TEST(message([&] { return nn::triplet_margin(t[0], t[0], t[0]); }) ==
             "[triplet_margin] got single numbers, need vectors");
}

BOOST_AUTO_TEST_CASE(no_examples_have_a_sum_and_no_mean) {
  const Tensor none = zeros({0, 3});
  BOOST_TEST(std::isnan(nn::cosine_embedding(none, none, zeros({0})).item()));
  BOOST_TEST(std::isnan(nn::triplet_margin(none, none, none).item()));
  BOOST_TEST(nn::triplet_margin(none, none, none, {.reduction = nn::Reduction::sum}).item() == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()
