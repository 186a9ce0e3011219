// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

#include "support.hpp"

using namespace nabla;

// Losses on numbers that do not let a few of them rule, and those that are likelihoods. What they should
// be is computed by plain loops from the definitions.

namespace {

// A few operations in double.
constexpr double kTol = 1e-14;
constexpr double kTiny = 1e-300;

constexpr double kInf = std::numeric_limits<double>::infinity();

using Numbers = std::vector<double>;

Numbers gradient_of(const Tensor& loss, const Tensor& x) {
  const auto [gradient] = grad(loss, wrt(x));
  return gradient.to_vector();
}

/// The relative error is within the tolerance everywhere.
void check_close(const Numbers& got, const Numbers& expected) {
  BOOST_REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    BOOST_TEST((got[i] == expected[i] ||
                std::abs(got[i] - expected[i]) <= kTol * (std::abs(expected[i]) + kTiny)),
               "[" << i << "]: got " << got[i] << ", need " << expected[i]);
}

const Numbers kDifferences{0, -0.0, 1e-9, -.3, .999, 1.5, -4, 30, -1000, 1e200, kInf};
Tensor differences() { return variable(from_span(std::span<const double>(kDifferences))); }

/// Values and gradients of a loss of one number are `value` and `slope` of the difference.
void check_elements(const std::function<Tensor(const Tensor&, const Tensor&)>& loss,
                    const std::function<double(double)>& value,
                    const std::function<double(double)>& slope) {
  const Tensor p = differences(), losses = loss(p, zeros_like(p));
  Numbers values, slopes;
  for (const double d : kDifferences) {
    values.push_back(value(d));
    slopes.push_back(slope(d));
  }
  check_close(losses.to_vector(), values);
  check_close(gradient_of(losses.sum(), p), slopes);
}

double side_of(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

}  // namespace

BOOST_AUTO_TEST_SUITE(robust_losses)

BOOST_AUTO_TEST_CASE(huber_is_a_parabola_with_straight_ends) {
  for (const double delta : {.25, 1.0, 4.0})
    check_elements([&](const Tensor& p,
                       const Tensor& t) { return nn::huber(p, t, delta, nn::Reduction::none); },
                   [&](double d) {
                     const double size = std::abs(d);
                     return size <= delta ? size * size / 2 : delta * (size - delta / 2);
                   },
                   [&](double d) { return std::abs(d) <= delta ? d : delta * side_of(d); });
}

BOOST_AUTO_TEST_CASE(smooth_l1_is_huber_over_beta_and_mae_at_zero) {
  for (const double beta : {.25, 1.0, 4.0})
    check_elements([&](const Tensor& p,
                       const Tensor& t) { return nn::smooth_l1(p, t, beta, nn::Reduction::none); },
                   [&](double d) {
                     const double size = std::abs(d);
                     return size <= beta ? size * size / 2 / beta : size - beta / 2;
                   },
                   [&](double d) { return std::abs(d) <= beta ? d / beta : side_of(d); });
  check_elements(
      [](const Tensor& p, const Tensor& t) { return nn::smooth_l1(p, t, 0, nn::Reduction::none); },
      [](double d) { return std::abs(d); }, side_of);
}

BOOST_AUTO_TEST_CASE(log_cosh_is_exact_near_zero_and_far_out) {
  check_elements(
      [](const Tensor& p, const Tensor& t) { return nn::log_cosh(p, t, nn::Reduction::none); },
      [](double d) {
        const double size = std::abs(d);
        if (size < 1e-4) return size * size / 2;  // the next term is d^4/12
        return size < 20 ? std::log(std::cosh(size)) : size - std::numbers::ln2;
      },
      [](double d) { return std::tanh(d); });
}

BOOST_AUTO_TEST_CASE(both_sides_of_a_seam_agree) {
  const double next = std::nextafter(1.0, 2.0), before = std::nextafter(1.0, 0.0);
  const Tensor p = variable(tensor({before, 1, next, -before, -1, -next}, float64));
  const Tensor t = zeros_like(p);
  const auto check = [&](const Tensor& losses, double value, double slope) {
    for (const double loss : losses.to_vector()) BOOST_TEST(std::abs(loss - value) <= kTol);
    const Numbers g = gradient_of(losses.sum(), p);
    for (std::size_t i = 0; i < 6; ++i)
      BOOST_TEST(std::abs(g[i] - (i < 3 ? slope : -slope)) <= kTol);
  };
  check(nn::huber(p, t, 1, nn::Reduction::none), .5, 1);
  check(nn::smooth_l1(p, t, 1, nn::Reduction::none), .5, 1);
  check(nn::log_cosh(p, t, nn::Reduction::none), std::log(std::cosh(1.0)), std::tanh(1.0));
}

BOOST_AUTO_TEST_CASE(reductions_shapes_and_options_are_those_of_the_others) {
  const Tensor p = tensor({{.5, -3}, {2, .25}}, float64), t = zeros_like(p);
  BOOST_TEST(nn::huber(p, t).item() == (.125 + 2.5 + 1.5 + .03125) / 4);
  BOOST_TEST(nn::huber(p, t, 1, nn::Reduction::sum).item() == .125 + 2.5 + 1.5 + .03125);
  const Tensor none = zeros({0, 2});
  const auto losses = [](const Tensor& a, const Tensor& b, nn::Reduction reduction) {
    return std::vector<Tensor>{nn::huber(a, b, 1, reduction), nn::smooth_l1(a, b, 1, reduction),
                               nn::log_cosh(a, b, reduction)};
  };
  for (const Tensor& loss : losses(none, none, nn::Reduction::mean))
    BOOST_TEST(std::isnan(loss.item()));
  for (const Tensor& loss : losses(none, none, nn::Reduction::sum)) BOOST_TEST(loss.item() == 0.0);
  const auto message = [](const auto& call) {
    return test::message_of([&] { static_cast<void>(call()); });
  };
  const Tensor a = zeros({3, 1}), b = zeros({3});
  const std::string need = " got shapes (3, 1) and (3,), need the same; reshape one of them?";
  BOOST_TEST(message([&] { return nn::huber(a, b); }) == "[huber]" + need);
  BOOST_TEST(message([&] { return nn::smooth_l1(a, b); }) == "[smooth_l1]" + need);
  BOOST_TEST(message([&] { return nn::log_cosh(a, b); }) == "[log_cosh]" + need);
  BOOST_TEST(message([&] { return nn::huber(b, b, 0); }) ==
             "[huber] got delta 0, need more than 0");
  BOOST_TEST(message([&] { return nn::smooth_l1(b, b, -1); }) ==
             "[smooth_l1] got beta -1, need at least 0");
}

BOOST_AUTO_TEST_CASE(lists_of_scalars_have_the_same_losses) {
  const Numbers t{0, .5, 0, 0}, p{.25, -3, 0, 800};
  const auto check = [&](const auto& loss) {
    const Tape tape;
    std::vector<Value> list;
    for (const double number : p) list.push_back(variable(number));
    const Value of_list = loss(list, t);
    const Tensor at = variable(from_span(std::span<const double>(p)));
    const Tensor of_tensor = loss(at, from_span(std::span<const double>(t)));
    check_close({of_list.value()}, {of_tensor.item()});
    check_close(grad(of_list, list), gradient_of(of_tensor, at));
    std::vector<Dual<double>> duals;
    for (const double number : p) duals.emplace_back(number, number == 800 ? 1.0 : 0.0);
    check_close({Dual<double>(loss(duals, t)).tangent()}, {grad(of_list, list)[3]});
  };
  check([](const auto& a, const auto& b) { return nn::huber(a, b, .5); });
  check([](const auto& a, const auto& b) { return nn::smooth_l1(a, b, .5); });
  check([](const auto& a, const auto& b) { return nn::smooth_l1(a, b, 0); });
  check([](const auto& a, const auto& b) { return nn::log_cosh(a, b); });
  const std::vector<Value> one{1.0};
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::huber(one, Numbers{1}, -1)), DomainError,
                        test::says({"[huber] got delta -1, need more than 0"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::log_cosh(one, Numbers{1, 2})), ShapeError,
                        test::says({"[log_cosh] got lists of 1 and 2 numbers"}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(likelihoods)

BOOST_AUTO_TEST_CASE(poisson_takes_the_mean_or_its_logarithm) {
  const Tensor mean = tensor({.5, 3, 10, 1}, float64), t = tensor({0, 2, 12, 1}, int64);
  Numbers plain, full;
  for (std::int64_t i = 0; i < 4; ++i) {
    const double m = mean.at({i}), count = t.at({i});
    plain.push_back(m - count * std::log(m));
    full.push_back(plain.back() + (count > 1 ? count * std::log(count) - count +
                                                   .5 * std::log(2 * std::numbers::pi * count)
                                             : 0.0));
  }
  const nn::PoissonNllOptions none{.reduction = nn::Reduction::none};
  check_close(nn::poisson_nll(log(mean), t, none).to_vector(), plain);
  check_close(
      nn::poisson_nll(log(mean), t, {.full = true, .reduction = none.reduction}).to_vector(), full);
  check_close(
      nn::poisson_nll(mean, t, {.log_input = false, .epsilon = 1e-300, .reduction = none.reduction})
          .to_vector(),
      plain);
  check_close({nn::poisson_nll(log(mean), t).item()},
              {(plain[0] + plain[1] + plain[2] + plain[3]) / 4});
  const Tensor zero = variable(tensor({0, 0}, float64));
  const Tensor at_zero = nn::poisson_nll(zero, tensor({0, 1}, int64),
                                         {.log_input = false, .reduction = nn::Reduction::sum});
  check_close({at_zero.item()}, {-std::log(1e-8)});
  check_close(gradient_of(at_zero, zero), {1, 1 - 1e8});
}

BOOST_AUTO_TEST_CASE(poisson_overflows_only_where_its_loss_does) {
  const Tensor x = variable(tensor({-1000, 700, 1000}, float64));
  const Tensor losses =
      nn::poisson_nll(x, tensor({2, 2, 2}, int64), {.reduction = nn::Reduction::none});
  check_close(losses.to_vector(), {2000, std::exp(700.0), kInf});
  check_close(gradient_of(losses.sum(), x), {-2, std::exp(700.0), kInf});
}

BOOST_AUTO_TEST_CASE(gaussian_is_the_density_and_bounds_the_variance) {
  const Tensor x = tensor({{.5, -1}, {2, 0}}, float64), t = tensor({{1, 1}, {2, 3}}, float64);
  const Tensor v = tensor({{.5, 2}, {1, 4}}, float64);
  Numbers expected;
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 2; ++j) {
      const double s = std::sqrt(v.at({i, j})), d = (t.at({i, j}) - x.at({i, j})) / s;
      expected.push_back(-std::log(std::exp(-d * d / 2) / (s * std::sqrt(2 * std::numbers::pi))));
    }
  const Numbers got =
      nn::gaussian_nll(x, t, v, {.full = true, .reduction = nn::Reduction::none}).to_vector();
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(std::abs(got[i] - expected[i]) <= 4 * kTol);
  const double constant = .5 * std::log(2 * std::numbers::pi);
  BOOST_TEST(std::abs(nn::gaussian_nll(x, t, v).item() -
                      nn::gaussian_nll(x, t, v, {.full = true}).item() + constant) <= kTol);
  const Tensor of_rows = tensor({{.5}, {2}}, float64);
  check_close({nn::gaussian_nll(x, t, of_rows).item()},
              {nn::gaussian_nll(x, t, tensor({{.5, .5}, {2, 2}}, float64)).item()});
  const Tensor small = variable(tensor({0, 1e-9, .25}, float64));
  const Tensor loss = nn::gaussian_nll(tensor({1, 1, 1}, float64), tensor({1, 1, 1}, float64),
                                       small, {.epsilon = .01, .reduction = nn::Reduction::sum});
  check_close({loss.item()}, {std::log(.01) + .5 * std::log(.25)});
  check_close(gradient_of(loss, small), {0, 0, 2});
}

BOOST_AUTO_TEST_CASE(no_examples_have_a_sum_and_no_mean) {
  const Tensor none = zeros({0, 2});
  BOOST_TEST(std::isnan(nn::poisson_nll(none, none).item()));
  BOOST_TEST(std::isnan(nn::gaussian_nll(none, none, none).item()));
  BOOST_TEST(
      nn::gaussian_nll(none, none, zeros({0, 1}), {.reduction = nn::Reduction::sum}).item() == 0.0);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_by_name) {
  const Tensor x = zeros({2, 3}), v = ones({2, 3});
  const auto message = [](const auto& call) {
    return test::message_of([&] { static_cast<void>(call()); });
  };
  BOOST_TEST(message([&] { return nn::poisson_nll(x, v[0]); }) ==
             "[poisson_nll] got shapes (2, 3) and (3,), need the same; reshape one of them?");
  BOOST_TEST(message([&] { return nn::poisson_nll(x, -v); }) ==
             "[poisson_nll] got -1, need counts of 0 or more");
  BOOST_TEST(message([&] { return nn::poisson_nll(x, v, {.epsilon = 0}); }) ==
             "[poisson_nll] got epsilon 0, need more than 0");
  BOOST_TEST(message([&] { return nn::gaussian_nll(x, x, -v); }) ==
             "[gaussian_nll] got -1, need variances of 0 or more");
  BOOST_TEST(message([&] { return nn::gaussian_nll(x, x, ones({2})); }) ==
             "[gaussian_nll] got shapes (2, 3) and (2,), need the same; reshape one of them?");
  BOOST_TEST(message([&] { return nn::gaussian_nll(x, x, v, {.epsilon = 0}); }) ==
             "[gaussian_nll] got epsilon 0, need more than 0");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(divergence_of_logarithms)

BOOST_AUTO_TEST_CASE(it_is_that_of_the_probabilities) {
  const Tensor p = tensor({{.2, .3, .5}, {0, .4, .6}}, float64);
  const Tensor q = tensor({{.1, .8, .1}, {.5, .25, .25}}, float64);
  const double expected = nn::kl_divergence(p, q).item();
  for (const bool log_p : {false, true})
    for (const bool log_q : {false, true})
      BOOST_TEST(std::abs(nn::kl_divergence(log_p ? log(p) : p, log_q ? log(q) : q,
                                            {.log_p = log_p, .log_q = log_q})
                              .item() -
                          expected) <= kTol);
  const nn::KlDivergenceOptions sum{.log_q = true, .reduction = nn::Reduction::sum};
  BOOST_TEST(std::abs(nn::kl_divergence(p, log(q), sum).item() - 2 * expected) <= kTol);
}

BOOST_AUTO_TEST_CASE(it_is_exact_where_probabilities_are_rounded_to_zero) {
  const Tensor z = variable(tensor({0, -1000, -kInf}, float64)), p = tensor({.5, .5, 0}, float64);
  const Tensor loss = nn::kl_divergence(p, log_softmax(z), {.log_q = true});
  check_close({loss.item()}, {500 - std::numbers::ln2});
  check_close(gradient_of(loss, z), {.5, -.5, 0});
  const Tensor log_p = variable(tensor({0, -kInf}, float64));
  const Tensor certain = nn::kl_divergence(log_p, tensor({-std::numbers::ln2, -1}, float64),
                                           {.log_p = true, .log_q = true});
  check_close({certain.item()}, {std::numbers::ln2});
  check_close(gradient_of(certain, log_p), {1 + std::numbers::ln2, 0});
}

BOOST_AUTO_TEST_SUITE_END()
