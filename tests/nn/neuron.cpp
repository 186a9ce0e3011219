// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <set>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

#include "support.hpp"

using namespace nabla;
using test::says;

namespace {

// A few operations on numbers of order 1 in double.
constexpr double kTol = 1e-14;

constexpr double kInputs[] = {0.5, -1.0};
constexpr double kTarget[] = {0.25};

}  // namespace

BOOST_AUTO_TEST_SUITE(neuron)

BOOST_AUTO_TEST_CASE(a_neuron_is_the_activation_of_its_weighted_sum) {
  const Tape tape;
  Random random(1);
  const nn::Neuron neuron(2, nn::Activation::sigmoid, random);
  const std::vector<Value>& p = neuron.parameters();
  BOOST_REQUIRE(p.size() == 3u);
  BOOST_TEST(p[0].name() == "w1");
  BOOST_TEST(p[1].name() == "w2");
  BOOST_TEST(p[2].name() == "b");
  BOOST_TEST(p[2].value() == 0.0);
  const std::vector<Value> x{variable(0.5), variable(-1.0)};
  const Value y = neuron(x);
  const double z = p[0].value() * 0.5 - p[1].value();
  const double s = 1 / (1 + std::exp(-z));
  BOOST_TEST(std::abs(y.value() - s) <= kTol);
  backward(y);
  // The slope of the sigmoid is s (1 - s).
  BOOST_TEST(std::abs(p[0].grad() - 0.5 * s * (1 - s)) <= kTol);
  BOOST_TEST(std::abs(p[2].grad() - s * (1 - s)) <= kTol);
  BOOST_TEST(std::abs(x[1].grad() - p[1].value() * s * (1 - s)) <= kTol);
}

BOOST_AUTO_TEST_CASE(every_activation_is_the_op_of_its_name) {
  using nn::Activation;
  const double x = -0.75;
  BOOST_TEST(nn::activate(Activation::identity, x).value() == x);
  BOOST_TEST(nn::activate(Activation::step, x).value() == 0.0);
  BOOST_TEST(nn::activate(Activation::relu, x).value() == 0.0);
  BOOST_TEST(std::abs(nn::activate(Activation::tanh, x).value() - std::tanh(x)) <= kTol);
  BOOST_TEST(std::abs(nn::activate(Activation::softplus, x).value() - std::log1p(std::exp(x))) <=
             kTol);
  BOOST_TEST(std::abs(nn::activate(Activation::sigmoid, x).value() - 1 / (1 + std::exp(-x))) <=
             kTol);
}

BOOST_AUTO_TEST_CASE(parameter_counts_are_the_known_ones) {
  const Tape tape;
  Random random(1);
  BOOST_TEST(nn::Mlp({12, 3, 2}, {}, random).parameter_count() == 47u);
  BOOST_TEST(nn::Mlp({2, 16, 16, 1}, {}, random).parameter_count() == 337u);
}

BOOST_AUTO_TEST_CASE(a_step_of_descent_is_rate_times_gradient) {
  const Tape tape;
  Random random(1);
  nn::Mlp net({2, 3, 1}, {.hidden = nn::Activation::tanh}, random);
  const Mark start = Tape::active().mark();
  backward(nn::half_sum_of_squares(net(kInputs), kTarget));
  const std::vector<Value> before = net.parameters();
  std::vector<double> expected;
  for (const Value& p : before) expected.push_back(p.value() - 0.1 * p.grad());
  Tape::active().rewind(start);
  net.descend(0.1);
  const std::vector<Value> after = net.parameters();
  for (std::size_t i = 0; i < after.size(); ++i) {
    BOOST_TEST(after[i].value() == expected[i]);
    BOOST_TEST(after[i].grad() == 0.0);
  }
}

BOOST_AUTO_TEST_CASE(gradients_agree_with_finite_differences) {
  const Tape tape;
  Random random(3);
  nn::Mlp net({2, 4, 3, 1}, {nn::Activation::tanh, nn::Activation::sigmoid}, random);
  const Mark start = Tape::active().mark();
  backward(nn::half_sum_of_squares(net(kInputs), kTarget));
  std::vector<double> numbers, gradient;
  for (const Value& p : net.parameters()) {
    numbers.push_back(p.value());
    gradient.push_back(p.grad());
  }
  // Central differences: h^2/6 |f'''| and eps |f| / h are both below 1e-9 here.
  constexpr double kStep = 1e-5, kDifferenceTol = 1e-9;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto loss = [&](double offset) {
      std::vector<double> moved = numbers;
      moved[i] += offset;
      Tape::active().rewind(start);
      net.set_parameters(moved);
      return nn::half_sum_of_squares(net(kInputs), kTarget).value();
    };
    const double numeric = (loss(kStep) - loss(-kStep)) / (2 * kStep);
    BOOST_TEST(std::abs(numeric - gradient[i]) <= kDifferenceTol);
  }
}

BOOST_AUTO_TEST_CASE(changing_weights_before_rewinding_is_refused) {
  const Tape tape;
  Random random(1);
  nn::Mlp net({2, 1}, {}, random);
  const std::vector<Value> y = net(kInputs);
  backward(y[0]);
  BOOST_CHECK_EXCEPTION(net.descend(0.1), GraphError, says({"rewind"}));
}

BOOST_AUTO_TEST_CASE(the_tape_does_not_grow_from_step_to_step) {
  Tape tape;
  Random random(1);
  nn::Mlp net({2, 8, 1}, {}, random);
  const Mark start = tape.mark();
  std::size_t bytes = 0;
  for (int step = 0; step < 100; ++step) {
    backward(nn::half_sum_of_squares(net(kInputs), kTarget));
    if (step == 0) bytes = tape.statistics().stream_bytes;
    BOOST_TEST(tape.statistics().stream_bytes == bytes);
    tape.rewind(start);
    net.descend(0.01);
  }
}

BOOST_AUTO_TEST_CASE(layers_and_neurons_are_frames_with_their_weights_inside) {
  const Tape tape;
  Random random(1);
  const nn::Mlp net({2, 3, 1}, {}, random);
  const Graph graph = capture(net(kInputs)[0]);
  const auto path = [&](std::uint32_t scope) {
    std::string text;
    for (; scope != 0; scope = graph.scopes[scope].parent)
      text = "/" + graph.scopes[scope].name + text;
    return text;
  };
  std::multiset<std::string> weights;
  for (const GraphNode& node : graph.nodes) {
    if (node.name != "w2") continue;
    weights.insert(path(node.scope));
    BOOST_CHECK(node.role == Role::parameter);
  }
  BOOST_TEST((weights == std::multiset<std::string>{"/layer1/neuron1", "/layer1/neuron2",
                                                    "/layer1/neuron3", "/layer2/neuron1"}));
}

BOOST_AUTO_TEST_CASE(wrong_sizes_are_refused) {
  const Tape tape;
  Random random(1);
  nn::Mlp net({2, 1}, {}, random);
  const std::vector<double> one{1.0};
  BOOST_CHECK_EXCEPTION(static_cast<void>(net(one)), ShapeError,
                        says({"[Neuron] got 1 inputs, need 2"}));
  BOOST_CHECK_THROW(net.set_parameters(one), ShapeError);
  BOOST_CHECK_THROW(nn::Mlp({2}, {}, random), ShapeError);
  BOOST_CHECK_THROW(nn::Mlp({2, 0}, {}, random), ShapeError);
  BOOST_CHECK_THROW(nn::Mlp({0, 2}, {}, random), ShapeError);
}

BOOST_AUTO_TEST_SUITE_END()
