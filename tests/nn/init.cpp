// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/nn/init.hpp>

#include "support.hpp"

using namespace nabla;
using test::says;

namespace {

constexpr std::int64_t kOutputs = 80, kInputs = 120;
constexpr double kCount = kOutputs * kInputs;

std::vector<double> drawn(const nn::Initializer& init) {
  Random random(11);
  return init({kOutputs, kInputs}, float64, random).to_vector();
}

double variance(const std::vector<double>& x) {
  double sum = 0;
  for (const double element : x) sum += element * element;
  return sum / static_cast<double>(x.size());
}

/// Within five deviations: the variance of n squares of a normal number is 2 s^4 / n, of a uniform
/// one 4/5 s^4 / n.
void check_variance(const nn::Initializer& init, double expected) {
  const double deviation = expected * std::sqrt(2.0 / kCount);
  BOOST_TEST(std::abs(variance(drawn(init)) - expected) < 5 * deviation);
}

double largest(const std::vector<double>& x) {
  double most = 0;
  for (const double element : x) most = std::max(most, std::abs(element));
  return most;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(init)

BOOST_AUTO_TEST_CASE(variances_are_those_of_the_formulas) {
  check_variance(nn::init::normal(0.0, 0.3), 0.09);
  check_variance(nn::init::xavier_uniform(), 2.0 / (kInputs + kOutputs));
  check_variance(nn::init::xavier_normal(2.0), 8.0 / (kInputs + kOutputs));
  check_variance(nn::init::kaiming_uniform(), 2.0 / kInputs);
  check_variance(nn::init::kaiming_normal(1.0), 1.0 / kInputs);
}

BOOST_AUTO_TEST_CASE(uniform_ones_stay_inside_their_bound) {
  const double xavier = std::sqrt(6.0 / (kInputs + kOutputs));
  const double kaiming = std::sqrt(6.0 / kInputs);
  BOOST_TEST(largest(drawn(nn::init::xavier_uniform())) <= xavier);
  BOOST_TEST(largest(drawn(nn::init::xavier_uniform())) > 0.99 * xavier);
  BOOST_TEST(largest(drawn(nn::init::kaiming_uniform())) <= kaiming * (1 + 1e-15));
}

BOOST_AUTO_TEST_CASE(fans_count_the_sizes_behind_the_channels) {
  // (outputs 2, inputs 3, 5 x 5): fan-in 75.
  Random random(1);
  const std::vector<double> w =
      nn::init::kaiming_uniform(1.0)({2, 3, 5, 5}, float64, random).to_vector();
  BOOST_TEST(largest(w) <= std::sqrt(3.0 / 75));
  BOOST_TEST(largest(w) > 0.9 * std::sqrt(3.0 / 75));
}

BOOST_AUTO_TEST_CASE(constants_draw_nothing) {
  Random random(1);
  BOOST_TEST(variance(nn::init::zeros()({2, 3}, float32, random).to_vector()) == 0.0);
  BOOST_TEST(nn::init::constant(2.5)({1}, float32, random).item() == 2.5);
  BOOST_TEST(random.position() == 0u);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_weights) {
  BOOST_TEST((drawn(nn::init::xavier_normal()) == drawn(nn::init::xavier_normal())));
}

BOOST_AUTO_TEST_CASE(a_negative_deviation_or_a_range_from_high_to_low_is_refused) {
  const double nan = std::nan("");
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::init::normal(0.0, -1.0)), DomainError,
                        says({"[normal]", "deviation -1"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::init::uniform(1.0, -1.0)), DomainError,
                        says({"[uniform]", "1 to -1"}));
  BOOST_CHECK_THROW(static_cast<void>(nn::init::normal(0.0, nan)), DomainError);
  BOOST_CHECK_THROW(static_cast<void>(nn::init::uniform(nan, 1.0)), DomainError);
  BOOST_TEST(largest(drawn(nn::init::normal(0.0, 0.0))) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_vector_has_no_fans) {
  Random random(1);
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::init::xavier_uniform()({3}, float32, random)),
                        ShapeError, says({"[xavier_uniform]", "(3,)"}));
}

BOOST_AUTO_TEST_SUITE_END()
