// SPDX-License-Identifier: MIT
#include "scaling.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

using namespace nabla;
using nabla::cli::Scaling;

BOOST_AUTO_TEST_SUITE(scaling)

BOOST_AUTO_TEST_CASE(columns_get_mean_zero_and_deviation_one) {
  const Tensor examples = tensor({{1000.0, 5.0}, {3000.0, 5.0}});
  const std::vector<double> scaled = Scaling(examples)(examples).to_vector<double>();
  BOOST_TEST((scaled == std::vector<double>{-1.0, 0.0, 1.0, 0.0}));
}

BOOST_AUTO_TEST_CASE(a_folded_network_gives_the_same_on_the_original_numbers) {
  Random random(1);
  nn::Sequential network{nn::Dense(3, 4, random), nn::Tanh(), nn::Dense(4, 2, random)};
  const Tensor examples = tensor({{1.0, 200.0, -3.0}, {2.0, 250.0, 5.0}, {4.0, 100.0, 1.0}});
  const Scaling scaling(examples);
  const std::vector<double> before = network(scaling(examples)).to_vector<double>();
  scaling.fold_into(network);
  const std::vector<double> after = network(examples).to_vector<double>();
  // Single precision; the folded sums cancel about two of its seven digits here.
  constexpr double kTolerance = 1e-4;
  for (std::size_t i = 0; i < before.size(); ++i)
    BOOST_TEST(std::abs(before[i] - after[i]) < kTolerance);
}

BOOST_AUTO_TEST_CASE(a_tiny_spread_leaves_examples_and_weights_finite) {
  Random random(1);
  for (const double least : {1e-45, 1e-40}) {
    nn::Sequential network{nn::Dense(1, 2, random)};
    const std::vector<float> column{0.0f, static_cast<float>(least), 0.0f, 0.0f, 0.0f};
    const Tensor examples = from_span(std::span<const float>(column), {5, 1});
    const Scaling scaling(examples);
    for (const double x : scaling(examples).to_vector<double>()) BOOST_TEST(std::isfinite(x));
    scaling.fold_into(network);
    for (const double w : network.parameters()[0].to_vector<double>()) BOOST_TEST(std::isfinite(w));
  }
}

BOOST_AUTO_TEST_CASE(without_examples_nothing_changes) {
  const Tensor examples = tensor({{1.0, 2.0}});
  BOOST_TEST((Scaling()(examples).to_vector<double>() == std::vector<double>{1.0, 2.0}));
}

BOOST_AUTO_TEST_SUITE_END()
