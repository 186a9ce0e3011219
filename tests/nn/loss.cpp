// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

#include "support.hpp"

using namespace nabla;
using test::gradient_error;
using test::says;

namespace {

// A few operations on numbers of order 1 in double.
constexpr double kTol = 1e-14;
// Central differences with step 1e-5: h^2/6 |f'''| and eps |f| / h, both below 1e-9 here.
constexpr double kDifferenceTol = 1e-9;

constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor prediction() { return tensor({{0.5, -1.0}, {2.0, 0.25}}, float64); }
Tensor target() { return tensor({{0.0, 1.0}, {2.0, -0.25}}, float64); }  // differences .5 -2 0 .5

std::vector<double> gradient_of(const Tensor& loss, const Tensor& x) {
  const auto [gradient] = grad(loss, wrt(x));
  return gradient.to_vector();
}

void check_close(const std::vector<double>& got, const std::vector<double>& expected,
                 double tolerance = kTol) {
  BOOST_REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    BOOST_TEST(std::abs(got[i] - expected[i]) <= tolerance);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(regression_losses)

BOOST_AUTO_TEST_CASE(values_are_those_computed_by_hand) {
  const Tensor p = prediction(), t = target();
  BOOST_TEST(nn::mae(p, t).item() == 0.75);
  BOOST_TEST(nn::mse(p, t).item() == 4.5 / 4);
  BOOST_TEST(nn::half_mse(p, t).item() == 4.5 / 8);
  BOOST_TEST(nn::half_sum_of_squares(p, t).item() == 2.25);
  BOOST_TEST(nn::mse(p, t, nn::Reduction::sum).item() == 4.5);
  BOOST_TEST((nn::mae(p, t, nn::Reduction::none).to_vector() == std::vector<double>{.5, 2, 0, .5}));
}

BOOST_AUTO_TEST_CASE(gradients_are_those_computed_by_hand) {
  const Tensor p = variable(prediction()), t = target();
  check_close(gradient_of(nn::mae(p, t), p), {.25, -.25, 0, .25});
  check_close(gradient_of(nn::mse(p, t), p), {.25, -1, 0, .25});
  check_close(gradient_of(nn::half_mse(p, t), p), {.125, -.5, 0, .125});
  check_close(gradient_of(nn::half_sum_of_squares(p, t), p), {.5, -2, 0, .5});
}

BOOST_AUTO_TEST_CASE(no_elements_have_no_mean) {
  const Tensor none = zeros({0, 2});
  BOOST_TEST(std::isnan(nn::mse(none, none).item()));
  BOOST_TEST(nn::half_sum_of_squares(none, none).item() == 0.0);
}

BOOST_AUTO_TEST_CASE(shapes_that_would_broadcast_are_refused) {
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::mse(zeros({3, 1}), zeros({3}))), ShapeError,
                        says({"[mse]", "(3, 1)", "(3,)"}));
  BOOST_CHECK_THROW(static_cast<void>(nn::mae(zeros({3}), zeros({1}))), ShapeError);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(classification_losses)

BOOST_AUTO_TEST_CASE(cross_entropy_takes_labels_one_hot_rows_and_probabilities) {
  const Tensor z = tensor({{1, 2, 3}, {0, 0, 0}}, float64);
  // -log softmax: log(e^1 + e^2 + e^3) - 2 and log 3.
  const double first = std::log(std::exp(1.0) + std::exp(2.0) + std::exp(3.0)) - 2.0;
  const double second = std::log(3.0);
  const Tensor labels = tensor({1, 0}, int64);
  check_close(nn::cross_entropy(z, labels, nn::Reduction::none).to_vector(), {first, second});
  check_close({nn::cross_entropy(z, labels).item()}, {(first + second) / 2});
  for (const DType dtype : {boolean, int64, float32, float64})
    check_close({nn::cross_entropy(z, one_hot(labels, 3).to(dtype)).item()},
                {(first + second) / 2});
  const Tensor soft = tensor({{.5, .5, 0}, {.25, .25, .5}}, float64);
  check_close(nn::cross_entropy(z, soft, nn::Reduction::none).to_vector(), {first + .5, second});
}

BOOST_AUTO_TEST_CASE(gradient_of_softmax_and_cross_entropy_is_p_minus_y) {
  const Tensor z = variable(tensor({{1, 2, 3}, {-700, 700, 0}}, float64));
  const Tensor labels = tensor({1, 0}, int64);
  const Tensor expected = softmax(z.detach()) - one_hot(labels, 3, float64);
  check_close(gradient_of(nn::cross_entropy(z, labels, nn::Reduction::sum), z),
              expected.to_vector());
  check_close(gradient_of(nn::cross_entropy(z, labels), z), (expected * 0.5).to_vector());
}

BOOST_AUTO_TEST_CASE(cross_entropy_refuses_labels_out_of_range) {
  BOOST_CHECK_THROW(static_cast<void>(nn::cross_entropy(zeros({1, 3}), tensor({3}, int64))),
                    DomainError);
  BOOST_CHECK_THROW(static_cast<void>(nn::cross_entropy(zeros({1, 3}), tensor({-1}, int64))),
                    DomainError);
  BOOST_CHECK_THROW(static_cast<void>(nn::cross_entropy(zeros({2, 3}), tensor({1}, int64))),
                    ShapeError);
}

BOOST_AUTO_TEST_CASE(nll_of_log_softmax_is_cross_entropy) {
  const Tensor z = variable(tensor({{1, -2, 3}, {0.5, 0, 0.25}}, float64));
  const Tensor labels = tensor({2, 0}, int64);
  const Tensor by_nll = nn::nll(log_softmax(z), labels);
  const Tensor fused = nn::cross_entropy(z, labels);
  check_close({by_nll.item()}, {fused.item()});
  check_close(gradient_of(by_nll, z), gradient_of(fused, z));
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::nll(z, tensor({3, 0}, int64))), DomainError,
                        says({"[nll]", "label 3"}));
  BOOST_CHECK_THROW(static_cast<void>(nn::nll(z, tensor({1, 0}, float32))), DTypeError);
}

BOOST_AUTO_TEST_CASE(bce_is_the_formula_with_its_gradient) {
  const Tensor p = variable(tensor({.25, .5, .9}, float64)), t = tensor({0, 1, .5}, float64);
  const std::vector<double> expected{-std::log(.75), -std::log(.5),
                                     -.5 * std::log(.9) - .5 * std::log(1 - .9)};
  check_close(nn::bce(p, t, nn::Reduction::none).to_vector(), expected);
  // (p - t) / (p (1 - p))
  check_close(gradient_of(nn::bce(p, t, nn::Reduction::sum), p), {.25 / .1875, -2, .4 / .09},
              1e-13);
}

BOOST_AUTO_TEST_CASE(bce_costs_100_nats_where_the_probability_says_impossible) {
  const Tensor p = variable(tensor({0, 1, 0, 1}, float64)), t = tensor({1, 0, 0, 1}, float64);
  const Tensor losses = nn::bce(p, t, nn::Reduction::none);
  BOOST_TEST((losses.to_vector() == std::vector<double>{100, 100, 0, 0}));
  for (const double g : gradient_of(losses.sum(), p)) BOOST_TEST(std::isfinite(g));
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::bce(tensor({1.5}), tensor({1.0}))), DomainError,
                        says({"[bce]", "1.5"}));
  BOOST_CHECK_THROW(static_cast<void>(nn::bce(tensor({-0.1}), tensor({1.0}))), DomainError);
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::bce(tensor({0.5}), tensor({7}))), DomainError,
                        says({"[bce]", "7", "targets from 0 to 1"}));
}

BOOST_AUTO_TEST_CASE(one_hot_says_what_number_of_classes_it_needs) {
  BOOST_CHECK_EXCEPTION(static_cast<void>(one_hot(tensor({0, 1}, int64), -1)), ShapeError,
                        says({"[one_hot]", "-1", "0 or more"}));
}

BOOST_AUTO_TEST_CASE(bce_with_logits_is_bce_of_the_sigmoid_and_survives_large_logits) {
  const Tensor z = variable(tensor({-1.5, 0.25, 3}, float64)), t = tensor({0, 1, 1}, float64);
  const Tensor on_logits = nn::bce_with_logits(z, t);
  const Tensor on_probabilities = nn::bce(sigmoid(z), t);
  check_close({on_logits.item()}, {on_probabilities.item()});
  check_close(gradient_of(on_logits, z), gradient_of(on_probabilities, z));
  check_close(gradient_of(nn::bce_with_logits(z, t, nn::Reduction::sum), z),
              (sigmoid(z.detach()) - t).to_vector());
  const Tensor far = tensor({-1000, 1000}, float64);
  check_close(nn::bce_with_logits(far, tensor({1, 1}, int64), nn::Reduction::none).to_vector(),
              {1000, 0});
}

BOOST_AUTO_TEST_CASE(several_outputs_are_summed_and_examples_averaged) {
  const Tensor p = tensor({{.25, .5}, {.5, .5}}, float64), t = tensor({{0, 1}, {1, 0}}, float64);
  const double first = -std::log(.75) - std::log(.5), second = 2 * std::log(2.0);
  check_close(nn::binary_cross_entropy(p, t, nn::Reduction::none).to_vector(), {first, second});
  check_close({nn::binary_cross_entropy(p, t).item()}, {(first + second) / 2});
  BOOST_CHECK_THROW(static_cast<void>(nn::binary_cross_entropy(p[0], t[0])), ShapeError);
}

BOOST_AUTO_TEST_CASE(hinge_is_zero_beyond_the_margin_and_at_the_kink) {
  const Tensor s = variable(tensor({2, 1, .5, -1}, float64)), t = tensor({1, 1, -1, 1}, int64);
  BOOST_TEST(
      (nn::hinge(s, t, nn::Reduction::none).to_vector() == std::vector<double>{0, 0, 1.5, 2}));
  BOOST_TEST(
      (gradient_of(nn::hinge(s, t, nn::Reduction::sum), s) == std::vector<double>{0, 0, 1, -1}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::hinge(zeros({1}), zeros({1}))), DomainError,
                        says({"[hinge]", "-1 or 1"}));
}

BOOST_AUTO_TEST_CASE(accuracy_counts_the_largest_scores) {
  const Tensor scores = tensor({{1, 3, 2}, {5, 0, 0}, {0, 0, 1}, {1, 2, 3}});
  BOOST_TEST(nn::accuracy(scores, tensor({1, 0, 0, 2}, int64)) == 0.75);
  BOOST_TEST(std::isnan(nn::accuracy(zeros({0, 3}), zeros({0}, int64))));
  BOOST_CHECK_THROW(static_cast<void>(nn::accuracy(scores, tensor({1, 0}, int64))), ShapeError);
}

BOOST_AUTO_TEST_CASE(gradients_agree_with_finite_differences) {
  const Tensor z = tensor({{.3, -1.2, .8}, {2, .1, -.4}}, float64);
  const Tensor labels = tensor({2, 1}, int64);
  const Tensor soft = tensor({{.2, .3, .5}, {1, 0, 0}}, float64);
  const std::function<Tensor(const Tensor&)> losses[] = {
      [&](const Tensor& x) { return nn::cross_entropy(x, labels); },
      [&](const Tensor& x) { return nn::cross_entropy(x, soft); },
      [&](const Tensor& x) { return nn::nll(x, labels); },
      [&](const Tensor& x) { return nn::bce(sigmoid(x), soft); },
      [&](const Tensor& x) { return nn::bce_with_logits(x, soft); },
      [&](const Tensor& x) { return nn::binary_cross_entropy(sigmoid(x), soft); },
      [&](const Tensor& x) { return nn::half_mse(x, soft); },
      [&](const Tensor& x) { return nn::entropy(softmax(x)); },
      [&](const Tensor& x) { return nn::kl_divergence(softmax(x), softmax(z * 0.5)); },
      [&](const Tensor& x) { return nn::kl_divergence(soft, softmax(x)); },
  };
  for (const auto& loss : losses) BOOST_TEST(gradient_error(loss, z) <= kDifferenceTol);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(information)

BOOST_AUTO_TEST_CASE(a_fair_coin_has_one_bit_and_a_certain_one_none) {
  check_close({nn::entropy(tensor({.5, .5}, float64)).item() / std::log(2.0)}, {1.0});
  const double p = 2.0 / 3.0;
  check_close({nn::entropy(tensor({p, 1 - p}, float64)).item()},
              {-p * std::log(p) - (1 - p) * std::log(1 - p)});
  BOOST_TEST(nn::entropy(tensor({1, 0}, float64)).item() == 0.0);
}

BOOST_AUTO_TEST_CASE(divergence_is_never_negative_and_zero_only_for_the_same) {
  Random random(8);
  for (int trial = 0; trial < 100; ++trial) {
    const Tensor p = softmax(randn({4}, random, float64)), q = softmax(randn({4}, random, float64));
    BOOST_TEST(nn::kl_divergence(p, q).item() > 0.0);
    BOOST_TEST(nn::kl_divergence(p, p).item() == 0.0);
    check_close({nn::cross_entropy_between(p, q).item()},
                {nn::entropy(p).item() + nn::kl_divergence(p, q).item()});
  }
}

BOOST_AUTO_TEST_CASE(a_probability_of_zero_adds_nothing_and_has_no_gradient) {
  const Tensor p = variable(tensor({0, .5, .5}, float64)),
               q = variable(tensor({0, .25, .75}, float64));
  const Tensor divergence = nn::kl_divergence(p, q);
  check_close({divergence.item()}, {.5 * std::log(2.0) + .5 * std::log(2.0 / 3)});
  const auto [by_p, by_q] = grad(divergence, wrt(p, q));
  BOOST_TEST(by_p.at({0}) == 0.0);
  BOOST_TEST(by_q.at({0}) == 0.0);
  check_close({by_q.at({1})}, {-2.0});
  BOOST_TEST(gradient_of(nn::entropy(p), p)[0] == 0.0);
  BOOST_TEST(nn::kl_divergence(tensor({.5, .5}), tensor({0.0, 1.0})).item() == kInf);
}

BOOST_AUTO_TEST_CASE(rows_are_averaged_or_kept) {
  const Tensor p = tensor({{.5, .5}, {1, 0}}, float64);
  check_close(nn::entropy(p, nn::Reduction::none).to_vector(), {std::log(2.0), 0});
  check_close({nn::entropy(p).item()}, {std::log(2.0) / 2});
  BOOST_CHECK_THROW(static_cast<void>(nn::entropy(tensor(1.0))), ShapeError);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(regularizers)

BOOST_AUTO_TEST_CASE(penalties_and_gradients_are_those_computed_by_hand) {
  const std::vector<Tensor> w{variable(tensor({1, -2, 0}, float64)),
                              variable(tensor({{3}}, float64))};
  BOOST_TEST(nn::l1(w, 0.5).item() == 3.0);
  BOOST_TEST(nn::l2(w, 0.5).item() == 7.0);
  const Tensor both = nn::elastic_net(w, 0.5, 0.25);
  BOOST_TEST(both.item() == 3.0 + 3.5);
  backward(both);
  BOOST_TEST((w[0].grad().to_vector() == std::vector<double>{.5 + .5, -.5 - 1, 0}));
  BOOST_TEST(w[1].grad().item() == .5 + 1.5);
  BOOST_CHECK_THROW(static_cast<void>(nn::l1({}, 1.0)), ShapeError);
}

BOOST_AUTO_TEST_SUITE_END()
