// SPDX-License-Identifier: MIT
#include <cmath>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

#include "support.hpp"

using namespace nabla;

namespace {

/// Two interleaved half circles, a little blurred.
data::Dataset two_moons(std::int64_t n, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> points;
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < n; ++i) {
    const double angle = random.uniform(0.0, 3.14159265358979);
    const bool second = i % 2 == 1;
    const double x = second ? 1.0 - std::cos(angle) : std::cos(angle);
    const double y = second ? 0.5 - std::sin(angle) : std::sin(angle);
    points.push_back(static_cast<float>(x + random.normal(0.0, 0.1)));
    points.push_back(static_cast<float>(y + random.normal(0.0, 0.1)));
    labels.push_back(second ? 1 : 0);
  }
  return {from_span(std::span<const float>(points), {n, 2}),
          from_span(std::span<const std::int64_t>(labels)),
          {}};
}

nn::Sequential moon_net(std::uint64_t seed) {
  Random random(seed);
  return nn::Sequential{nn::Dense(2, 16, random), nn::Tanh(), nn::Dense(16, 2, random)};
}

/// Weights after `epochs` epochs of Adam.
std::vector<double> trained(nn::Sequential& net, const data::Dataset& dataset, int epochs) {
  optim::Adam adam(net.parameters(), {.learning_rate = 0.02});
  const data::DataLoader loader(dataset, {.batch_size = 50, .shuffle = true, .seed = 4});
  for (int epoch = 0; epoch < epochs; ++epoch)
    for (const data::Batch& batch : loader.epoch(epoch)) {
      adam.zero_grad();
      backward(nn::cross_entropy(net(batch.inputs), batch.labels));
      adam.step();
    }
  std::vector<double> all;
  for (const Tensor& parameter : net.parameters())
    for (const double number : parameter.to_vector()) all.push_back(number);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(training)

BOOST_AUTO_TEST_CASE(neurons_learn_exclusive_or) {
  constexpr double kInputs[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  constexpr double kTargets[4][1] = {{0}, {1}, {1}, {0}};
  Tape tape;
  Random random(5);
  nn::Mlp net({2, 4, 1}, {nn::Activation::tanh, nn::Activation::sigmoid}, random);
  const Mark start = tape.mark();
  for (int step = 0; step < 2000; ++step) {
    for (int i = 0; i < 4; ++i) {
      backward(nn::half_sum_of_squares(net(kInputs[i]), kTargets[i]));
      tape.rewind(start);
    }
    net.descend(1.0);
  }
  for (int i = 0; i < 4; ++i) BOOST_TEST((net(kInputs[i])[0] > 0.5) == (kTargets[i][0] > 0.5));
}

BOOST_AUTO_TEST_CASE(a_dense_network_learns_two_moons_and_generalises) {
  nn::Sequential net = moon_net(6);
  static_cast<void>(trained(net, two_moons(400, 1), 40));
  const data::Dataset fresh = two_moons(400, 2);
  BOOST_TEST(nn::accuracy(net(fresh.inputs), fresh.labels) >= 0.97);
}

BOOST_AUTO_TEST_CASE(the_same_seeds_give_the_same_weights_bit_for_bit) {
  nn::Sequential first = moon_net(7), second = moon_net(7), other = moon_net(8);
  const data::Dataset moons = two_moons(200, 3);
  const std::vector<double> weights = trained(first, moons, 3);
  BOOST_TEST((weights == trained(second, moons, 3)));
  BOOST_TEST((weights != trained(other, moons, 3)));
}

BOOST_AUTO_TEST_CASE(linear_regression_equals_the_normal_equations) {
  // y = 2 x - 1 with known deviations: slope and offset by hand from the sums.
  const std::vector<double> xs{0, 1, 2, 3, 4}, ys{-0.9, 0.8, 3.1, 5.2, 6.8};
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 0; i < xs.size(); ++i)
    sx += xs[i], sy += ys[i], sxx += xs[i] * xs[i], sxy += xs[i] * ys[i];
  const double n = 5, slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  const double offset = (sy - slope * sx) / n;
  Random random(1);
  nn::Dense line(1, 1, random, {.dtype = float64});
  optim::Sgd sgd(line.parameters(), {.learning_rate = 0.05, .momentum = 0.9});
  const Tensor x = from_span(std::span<const double>(xs), {5, 1});
  const Tensor y = from_span(std::span<const double>(ys), {5, 1});
  for (int step = 0; step < 1000; ++step) {
    sgd.zero_grad();
    backward(nn::half_mse(line(x), y));
    sgd.step();
  }
  BOOST_TEST(std::abs(line.weight().item() - slope) <= 1e-10);
  BOOST_TEST(std::abs(line.bias().item() - offset) <= 1e-10);
}

BOOST_AUTO_TEST_CASE(ten_thousand_steps_leave_as_many_tensors_as_one) {
  nn::Dense line(1, 1);
  optim::Sgd sgd(line.parameters(), {.learning_rate = 0.01});
  const Tensor x = ones({4, 1}), y = zeros({4, 1});
  std::int64_t nodes = 0;
  for (int step = 0; step < 10'000; ++step) {
    sgd.zero_grad();
    backward(nn::mse(line(x), y));
    sgd.step();
    if (step == 0) nodes = tensor_statistics().nodes;
  }
  BOOST_TEST(tensor_statistics().nodes == nodes);
}

BOOST_AUTO_TEST_SUITE_END()
