// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

#include "support.hpp"

using namespace nabla;
using test::says;

// Losses on classes with their options. What they should be is computed by plain loops, by the formulas
// that PyTorch documents.

namespace {

// A few operations on numbers of order 1 in double.
constexpr double kTol = 1e-13;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

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

void check_all(const Numbers& got, double expected) {
  for (const double number : got) BOOST_TEST(number == expected);
}

Tensor logits() {
  return tensor({{.3, -1.2, .8}, {2, .1, -.4}, {-.7, .2, .9}, {.5, .6, -1.1}}, float64);
}
Tensor labels() { return tensor({2, 0, 1, 2}, int64); }
Tensor weights() { return tensor({.5, 2, 3}, float64); }

/// What the definition gives for the rows: losses of labels, and what they count for.
struct Defined {
  Numbers losses;
  double total_share = 0.0;
  [[nodiscard]] double sum() const {
    double total = 0.0;
    for (const double loss : losses) total += loss;
    return total;
  }
};
Defined defined_entropy(const Tensor& z, const Tensor& y, const Numbers& w, std::int64_t ignored,
                        double smoothing) {
  Defined result;
  const auto n = y.numel(), classes = z.size(1);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto label = y.at<std::int64_t>({i});
    double total = 0.0, loss = 0.0;
    for (std::int64_t c = 0; c < classes; ++c) total += std::exp(z.at({i, c}));
    for (std::int64_t c = 0; label != ignored && c < classes; ++c) {
      const double target =
          (c == label ? 1 - smoothing : 0.0) + smoothing / static_cast<double>(classes);
      loss += w[static_cast<std::size_t>(c)] * target * (std::log(total) - z.at({i, c}));
    }
    result.losses.push_back(loss);
    if (label != ignored) result.total_share += w[static_cast<std::size_t>(label)];
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cross_entropy_options)

BOOST_AUTO_TEST_CASE(weights_smoothing_and_ignored_labels_are_as_defined) {
  const Numbers ones{1, 1, 1};
  for (const bool weighted : {false, true})
    for (const std::int64_t ignored : {-100, 2, 1})
      for (const double smoothing : {0.0, .1, 1.0}) {
        const Defined expected = defined_entropy(
            logits(), labels(), weighted ? weights().to_vector() : ones, ignored, smoothing);
        nn::CrossEntropyOptions options{.ignore_index = ignored, .smoothing = smoothing};
        if (weighted) options.weights = weights();
        check_close({nn::cross_entropy(logits(), labels(), options).item()},
                    {expected.sum() / expected.total_share});
        options.reduction = nn::Reduction::sum;
        check_close({nn::cross_entropy(logits(), labels(), options).item()}, {expected.sum()});
        options.reduction = nn::Reduction::none;
        check_close(nn::cross_entropy(logits(), labels(), options).to_vector(), expected.losses);
      }
}

BOOST_AUTO_TEST_CASE(probabilities_are_smoothed_and_weighted_and_averaged_over_examples) {
  const Tensor t = tensor({{.2, .3, .5}, {1, 0, 0}, {0, .5, .5}, {.1, .1, .8}}, float64);
  Numbers expected;
  for (std::int64_t i = 0; i < 4; ++i) {
    double loss = 0.0;
    for (std::int64_t c = 0; c < 3; ++c)
      loss -= weights().at({c}) * (.9 * t.at({i, c}) + .1 / 3) * log_softmax(logits()).at({i, c});
    expected.push_back(loss);
  }
  const nn::CrossEntropyOptions options{.weights = weights(), .smoothing = .1};
  check_close({nn::cross_entropy(logits(), t, options).item()},
              {(expected[0] + expected[1] + expected[2] + expected[3]) / 4});
  // The same of one-hot rows and of labels.
  check_close(
      {nn::cross_entropy(logits(), one_hot(labels(), 3, boolean), {.smoothing = .1}).item()},
      {nn::cross_entropy(logits(), labels(), {.smoothing = .1}).item()});
}

BOOST_AUTO_TEST_CASE(axes_behind_the_classes_are_positions_with_a_label_each) {
  Random random(3);
  const Tensor z = randn({2, 3, 2, 2}, random, float64);
  const Tensor y = tensor({{{0, 1}, {2, 0}}, {{1, 1}, {0, 2}}}, int64);
  const nn::CrossEntropyOptions options{
      .weights = weights(), .ignore_index = 1, .smoothing = .2, .reduction = nn::Reduction::none};
  const Tensor losses = nn::cross_entropy(z, y, options);
  const Tensor soft = softmax(randn({2, 3, 2, 2}, random, float64), 1);
  const Tensor soft_losses = nn::cross_entropy(z, soft, nn::Reduction::none);
  const Tensor l = log_softmax(z, 1);
  const Tensor picked = nn::nll(l, y, nn::Reduction::none);
  BOOST_TEST((losses.shape() == Shape{2, 2, 2}));
  BOOST_TEST((soft_losses.shape() == Shape{2, 2, 2}));
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t a = 0; a < 2; ++a)
      for (std::int64_t b = 0; b < 2; ++b) {
        Numbers row;
        double soft_loss = 0.0;
        for (std::int64_t c = 0; c < 3; ++c) {
          row.push_back(z.at({i, c, a, b}));
          soft_loss -= soft.at({i, c, a, b}) * l.at({i, c, a, b});
        }
        const auto label = y.at<std::int64_t>({i, a, b});
        const Tensor one = from_span(std::span<const double>(row), {1, 3});
        const Tensor own = y[i][a].slice(0, b, b + 1);
        check_close({losses.at({i, a, b})},
                    defined_entropy(one, own, weights().to_vector(), 1, .2).losses);
        check_close({soft_losses.at({i, a, b})}, {soft_loss});
        check_close({picked.at({i, a, b})}, {-l.at({i, label, a, b})});
      }
}

BOOST_AUTO_TEST_CASE(if_all_labels_are_ignored_the_mean_is_nan_and_its_gradient_zero) {
  const Tensor z = variable(logits()), y = tensor({-100, -100, -100, -100}, int64);
  for (const double smoothing : {0.0, .1})
    for (const Tensor& w : {Tensor(), weights()}) {
      const Tensor loss = nn::cross_entropy(z, y, {.weights = w, .smoothing = smoothing});
      BOOST_TEST(std::isnan(loss.item()));
      check_all(gradient_of(loss, z), 0.0);
      const Tensor sum = nn::cross_entropy(
          z, y, {.weights = w, .smoothing = smoothing, .reduction = nn::Reduction::sum});
      BOOST_TEST(sum.item() == 0.0);
      check_all(gradient_of(sum, z), 0.0);
    }
  const Tensor by_nll = nn::nll(z, y);
  BOOST_TEST(std::isnan(by_nll.item()));
  check_all(gradient_of(by_nll, z), 0.0);
  const Tensor nobody = tensor({0, 0, 0}, float64);
  const Tensor weightless = nn::cross_entropy(z, labels(), {.weights = nobody});
  BOOST_TEST(std::isnan(weightless.item()));
  check_all(gradient_of(weightless, z), 0.0);
}

BOOST_AUTO_TEST_CASE(an_ignored_example_adds_exactly_nothing_whatever_its_logits_are) {
  const Tensor y = tensor({2, -100, 1, -100}, int64);
  const Tensor z = variable(
      tensor({{.3, -1.2, .8}, {kNaN, 0, 0}, {-.7, .2, .9}, {-kInf, -kInf, -kInf}}, float64));
  const Tensor kept = tensor({{.3, -1.2, .8}, {-.7, .2, .9}}, float64);
  for (const double smoothing : {0.0, .1}) {
    const Tensor loss = nn::cross_entropy(z, y, {.smoothing = smoothing});
    check_close({loss.item()},
                {nn::cross_entropy(kept, tensor({2, 1}, int64), {.smoothing = smoothing}).item()});
    const Tensor at = variable(kept);
    const Numbers of_kept =
        gradient_of(nn::cross_entropy(at, tensor({2, 1}, int64), {.smoothing = smoothing}), at);
    const Numbers g = gradient_of(loss, z);
    check_close({g[0], g[1], g[2], g[6], g[7], g[8]}, of_kept);
    check_all({g[3], g[4], g[5], g[9], g[10], g[11]}, 0.0);
    const auto [first] =
        grad(nn::cross_entropy(z, y, {.smoothing = smoothing}), wrt(z), {.create_graph = true});
    for (const double second : gradient_of(first.square().sum(), z)) BOOST_TEST(second == second);
  }
  const Tensor by_nll = nn::nll(z, y);
  check_close({by_nll.item()}, {-(.8 + .2) / 2});
  check_close(gradient_of(by_nll, z), {0, 0, -.5, 0, 0, 0, 0, -.5, 0, 0, 0, 0});
}

BOOST_AUTO_TEST_CASE(a_class_without_weight_costs_nothing_though_its_logit_is_infinite) {
  const Tensor w = tensor({0, .5, 2}, float64), y = tensor({0, 1}, int64);
  const Tensor z = variable(tensor({{-kInf, .2, .9}, {-kInf, .4, -.3}}, float64));
  const Tensor loss = nn::cross_entropy(z, y, {.weights = w});
  check_close({loss.item()}, {std::log(1 + std::exp(-.7))});
  const double slope = 1 / (1 + std::exp(.7));
  check_close(gradient_of(loss, z), {0, 0, 0, 0, -slope, slope});
  const Tensor smooth = nn::cross_entropy(z, y, {.weights = w, .smoothing = .3});
  BOOST_TEST(std::isfinite(smooth.item()));
  for (const double g : gradient_of(smooth, z)) BOOST_TEST(std::isfinite(g));
}

BOOST_AUTO_TEST_CASE(extreme_logits_cost_what_they_should) {
  const Tensor z = variable(tensor({{1000, -1000, 0}, {-1000, 1000, 0}}, float64));
  const Tensor y = tensor({0, 0}, int64);
  const Tensor losses =
      nn::cross_entropy(z, y, {.weights = weights(), .reduction = nn::Reduction::none});
  BOOST_TEST((losses.to_vector() == Numbers{0, 1000}));
  check_close(gradient_of(losses.sum(), z), {0, 0, 0, -.5, .5, 0});
  const Tensor smooth =
      nn::cross_entropy(z, y, {.smoothing = .3, .reduction = nn::Reduction::none});
  check_close(smooth.to_vector(), {.1 * 2000 + .1 * 1000, .8 * 2000 + .1 * 1000});
  const Tensor narrow = nn::cross_entropy(z.to(float32), y, {.weights = weights()});
  BOOST_TEST(name_of(narrow.dtype()) == "float32");
  BOOST_TEST(narrow.item() == 1000.0);
}

BOOST_AUTO_TEST_CASE(no_examples_have_a_sum_and_no_mean) {
  const Tensor z = variable(zeros({0, 3})), y = zeros({0}, int64);
  for (const Tensor& w : {Tensor(), ones({3})}) {
    const Tensor mean = nn::cross_entropy(z, y, {.weights = w, .smoothing = .1});
    BOOST_TEST(std::isnan(mean.item()));
    BOOST_TEST(gradient_of(mean, z).empty());
    BOOST_TEST(nn::cross_entropy(z, y, {.weights = w, .reduction = nn::Reduction::sum}).item() ==
               0.0);
    BOOST_TEST(std::isnan(nn::nll(z, y, {.weights = w}).item()));
  }
  const Tensor wide = zeros({2, 3, 0});
  BOOST_TEST(
      (nn::cross_entropy(wide, zeros({2, 0}, int64), nn::Reduction::none).shape() == Shape{2, 0}));
  BOOST_TEST(std::isnan(nn::cross_entropy(zeros({0, 3}), zeros({0, 3})).item()));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_by_name) {
  const Tensor z = zeros({2, 3}), y = tensor({0, 1}, int64);
  const auto refuse = [](const auto& call, const char* text) {
    BOOST_TEST(test::message_of([&] { static_cast<void>(call()); }) == text);
  };
  refuse(
      [&] {
        return nn::cross_entropy(z, tensor({0, 3}, int64));
      },
      "[cross_entropy] got label 3, need 0 <= label < 3");
  refuse([&] { return nn::cross_entropy(z, tensor({0}, int64)); },
         "[cross_entropy] got (2, 3) and labels (1,), need (n, classes, ...) and (n, ...)");
  refuse([&] { return nn::cross_entropy(z, ones({2})); },
         "[cross_entropy] got labels of type float32, need int64");
  refuse([&] { return nn::cross_entropy(z, y, {.weights = ones({2})}); },
         "[cross_entropy] got weights (2,), need (3,)");
  refuse([&] { return nn::cross_entropy(z, z, {.weights = ones({2})}); },
         "[cross_entropy] got weights (2,), need (3,)");
  refuse([&] { return nn::cross_entropy(z, y, {.smoothing = 1.5}); },
         "[cross_entropy] got smoothing 1.5, need 0 to 1");
  refuse([&] { return nn::cross_entropy(z, z, {.ignore_index = 1}); },
         "[cross_entropy] got ignore_index 1, need labels with it");
  refuse([&] { return nn::cross_entropy(ones({3}), y); },
         "[cross_entropy] got (3,) and labels (2,), need (n, classes, ...) and (n, ...)");
  refuse(
      [&] {
        return nn::nll(z, tensor({0, -1}, int64), {.ignore_index = -2});
      },
      "[nll] got label -1, need 0 <= label < 3");
  refuse(
      [&] {
        return nn::nll(z, y, {.weights = ones({3, 1})});
      },
      "[nll] got weights (3, 1), need (3,)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(binary_loss_options)

BOOST_AUTO_TEST_CASE(weights_and_positive_weights_multiply_their_parts) {
  const Tensor p = tensor({{.25, .5}, {.9, .75}}, float64);
  const Tensor t = tensor({{0, 1}, {.5, .25}}, float64);
  const Tensor w = tensor({{2}, {.5}}, float64), yes = tensor({3, 4}, float64);
  Numbers expected;
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 2; ++j)
      expected.push_back(-w.at({i, 0}) * (yes.at({j}) * t.at({i, j}) * std::log(p.at({i, j})) +
                                          (1 - t.at({i, j})) * std::log(1 - p.at({i, j}))));
  const double sum = expected[0] + expected[1] + expected[2] + expected[3];
  const nn::BceOptions mean{.weights = w, .pos_weight = yes};
  const nn::BceOptions none{.weights = w, .pos_weight = yes, .reduction = nn::Reduction::none};
  const Tensor z = log(p / (1.0 - p));
  check_close({nn::bce(p, t, mean).item()}, {sum / 4});
  check_close({nn::bce_with_logits(z, t, mean).item()}, {sum / 4});
  check_close(nn::bce(p, t, none).to_vector(), expected);
  check_close(nn::bce_with_logits(z, t, none).to_vector(), expected);
  check_close({nn::bce_with_logits(z, t, {.pos_weight = ones({2})}).item()},
              {nn::bce_with_logits(z, t).item()});
  check_close({nn::bce(p, t, {.weights = ones({2, 2})}).item()}, {nn::bce(p, t).item()});
}

BOOST_AUTO_TEST_CASE(extreme_logits_and_certain_probabilities_stay_finite) {
  const Tensor z = variable(tensor({1000, -1000, 1000, -1000}, float64));
  const Tensor t = tensor({1, 1, 0, 0}, float64);
  const Tensor losses = nn::bce_with_logits(
      z, t, {.pos_weight = tensor({3}, float64), .reduction = nn::Reduction::none});
  BOOST_TEST((losses.to_vector() == Numbers{0, 3000, 1000, 0}));
  BOOST_TEST((gradient_of(losses.sum(), z) == Numbers{0, -3, 1, 0}));
  const Tensor p = variable(tensor({0, 1, 0, 1}, float64));
  const Tensor certain =
      nn::bce(p, tensor({1, 0, 0, 1}, float64),
              {.pos_weight = tensor({3}, float64), .reduction = nn::Reduction::none});
  BOOST_TEST((certain.to_vector() == Numbers{300, 100, 0, 0}));
  BOOST_TEST((gradient_of(certain.sum(), p) == Numbers{0, 0, 1, -3}));
}

BOOST_AUTO_TEST_CASE(focal_counts_less_what_is_nearly_right) {
  const Tensor z = tensor({-1.5, .25, 3, -2}, float64), t = tensor({0, 1, 1, 1}, float64);
  Numbers expected;
  for (std::int64_t i = 0; i < 4; ++i) {
    const double p = 1 / (1 + std::exp(-z.at({i}))), right = t.at({i}) == 1.0 ? p : 1 - p;
    expected.push_back((t.at({i}) == 1.0 ? .3 : .7) * std::pow(1 - right, 1.5) * -std::log(right));
  }
  check_close(
      nn::focal(z, t, {.alpha = .3, .gamma = 1.5, .reduction = nn::Reduction::none}).to_vector(),
      expected);
  check_close({nn::focal(z, t, {.alpha = .5, .gamma = 0}).item()},
              {nn::bce_with_logits(z, t).item() / 2});
  const Tensor far = variable(tensor({1000, -1000}, float64));
  for (const double gamma : {0.0, .5, 2.0}) {
    const nn::FocalOptions options{.alpha = .5, .gamma = gamma, .reduction = nn::Reduction::none};
    const Tensor losses = nn::focal(far, tensor({1, 1}, int64), options);
    BOOST_TEST((losses.to_vector() == Numbers{0, 500}));
    BOOST_TEST((gradient_of(losses.sum(), far) == Numbers{0, -.5}));
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_by_name) {
  const Tensor p = full({2, 3}, .5), t = ones({2, 3});
  BOOST_TEST(test::message_of([&] { return nn::bce(p, t, {.weights = ones({2})}); }) ==
             "[bce] got weights (2,), need a shape that broadcasts to (2, 3)");
  BOOST_TEST(test::message_of([&] {
               return nn::bce(p, t, {.weights = ones({4, 2, 3})});
             }) == "[bce] got weights (4, 2, 3), need a shape that broadcasts to (2, 3)");
  BOOST_TEST(test::message_of([&] {
               return nn::bce_with_logits(p, t, {.pos_weight = ones({2, 1, 3})});
             }) ==
             "[bce_with_logits] got pos_weight (2, 1, 3), need a shape that broadcasts to (2, 3)");
  BOOST_TEST(test::message_of([&] { return nn::focal(p, t, {.alpha = -1}); }) ==
             "[focal] got alpha -1, need 0 to 1");
  BOOST_TEST(test::message_of([&] { return nn::focal(p, t, {.gamma = -1}); }) ==
             "[focal] got gamma -1, need at least 0");
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::focal(p, t[0])), ShapeError, says({"[focal]"}));
}

BOOST_AUTO_TEST_CASE(accuracy_counts_positions_behind_the_classes) {
  const Tensor scores = tensor({{{1, 5}, {3, 0}, {2, 1}}}, float64);  // largest: 1 and 0
  BOOST_TEST(nn::accuracy(scores, tensor({{1, 2}}, int64)) == .5);
}

BOOST_AUTO_TEST_SUITE_END()
