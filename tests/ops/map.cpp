// SPDX-License-Identifier: MIT
// A map against the same formula composed of ops: values, gradients, second derivatives.
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/check/gradcheck.hpp>
#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/ops/map.hpp>
#include <nabla/ops/ops.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla;

namespace {

void check_close(const Tensor& a, const Tensor& b, double tolerance) {
  BOOST_TEST(to_string(a.shape()) == to_string(b.shape()));
  const std::vector<double> x = a.to_vector(), y = b.to_vector();
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    worst = std::max(worst, std::fabs(x[i] - y[i]) / (1 + std::fabs(y[i])));
  BOOST_TEST(worst <= tolerance);
}

constexpr auto kGate = [](auto x, auto w) { return tanh(x) * w + choose(x > 0, x, 0 * x); };
Tensor gate_of_ops(const Tensor& x, const Tensor& w) { return tanh(x) * w + relu(x); }

}  // namespace

BOOST_AUTO_TEST_SUITE(map_of_a_lambda)

BOOST_AUTO_TEST_CASE(is_the_formula_in_each_instruction_set_and_dtype) {
  test::for_each_instruction_set([](kernels::Isa) {
    for (const DType dtype : {float32, float64}) {
      const double tolerance = dtype == float32 ? 1e-6 : 1e-14;
      manual_seed(3);
      const Tensor x = variable(randn({7, 129}, dtype)), w = variable(randn({129}, dtype));
      const Tensor y = map(kGate, x, w), expected = gate_of_ops(x, w);
      BOOST_TEST((y.dtype() == dtype));
      check_close(y, expected, tolerance);
      const auto ours = grad(y.square().sum(), wrt(x, w));
      const auto theirs = grad(expected.square().sum(), wrt(x, w));
      check_close(std::get<0>(ours), std::get<0>(theirs), tolerance * 10);
      check_close(std::get<1>(ours), std::get<1>(theirs), tolerance * 100);
    }
  });
}

BOOST_AUTO_TEST_CASE(can_be_differentiated_twice) {
  manual_seed(4);
  const Tensor x = variable(randn({5, 3}, float64)), w = variable(randn({5, 1}, float64));
  const auto second = [&](const Tensor& y) {
    const auto first = grad(y.sum(), wrt(x, w), {.create_graph = true});
    return grad(
        (std::get<0>(first).square().sum() + (std::get<1>(first) * std::get<1>(first)).sum()),
        wrt(x, w));
  };
  const auto smooth = [](auto a, auto b) { return exp(sin(a)) * b * b / (1 + a * a); };
  const auto ours = second(map(smooth, x, w));
  const auto theirs = second(exp(sin(x)) * w * w / (1 + x * x));
  check_close(std::get<0>(ours), std::get<0>(theirs), 1e-13);
  check_close(std::get<1>(ours), std::get<1>(theirs), 1e-13);
  const auto first = grad(map(smooth, x, w).sum(), wrt(x), {.create_graph = true});
  const auto again = grad(std::get<0>(first).sum(), wrt(x), {.create_graph = true});
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(grad(std::get<0>(again).sum(), wrt(x))), GraphError,
      [](const GraphError& error) {
        return std::string(error.what()).starts_with("[map] a map can be differentiated twice");
      });
}

BOOST_AUTO_TEST_CASE(passes_the_gradient_check) {
  manual_seed(5);
  const double slope = 0.25;
  const auto f = [slope](std::span<const Tensor> x) {
    return map([slope](auto a) { return softplus(a) * sigmoid(slope * a) + erf(a); }, x[0]).sum();
  };
  BOOST_TEST(check::gradcheck(f, {randn({4, 5}, float64)}).ok());
}

BOOST_AUTO_TEST_CASE(takes_one_to_three_tensors_of_any_dtype) {
  const Tensor counts = tensor({1, 2, 3});
  const Tensor half = map([](auto n) { return n / 2; }, counts);
  BOOST_TEST((half.dtype() == float32));
  BOOST_TEST(half.to_vector() == (std::vector<double>{0.5, 1, 1.5}),
             boost::test_tools::per_element());
  const Tensor y = map([](auto a, auto b, auto c) { return a * b + c; }, counts,
                       tensor({0.5, 0.5, 0.5}, float64), full({2, 1}, 1.0));
  BOOST_TEST((y.dtype() == float64));
  BOOST_TEST(to_string(y.shape()) == "(2, 3)");
  BOOST_TEST(y.at({1, 2}) == 2.5);
}

BOOST_AUTO_TEST_CASE(a_zero_gradient_stays_zero_whatever_the_slope) {
  const Tensor x = variable(tensor({0.0, 4.0}, float64));
  const Tensor y = map([](auto a) { return sqrt(a); }, x);
  backward((y * tensor({0.0, 1.0}, float64)).sum());
  BOOST_TEST(x.grad().to_vector() == (std::vector<double>{0, 0.25}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(is_drawn_as_one_node_and_named_in_errors) {
  const Tensor x = variable(randn({2, 3}));
  const Graph graph = capture(map(kGate, x, x));
  BOOST_TEST(graph.nodes.size() == 2);
  BOOST_TEST(graph.nodes.back().op == "map");
  BOOST_CHECK_EXCEPTION(static_cast<void>(map(kGate, x, ones({4}))), ShapeError,
                        [](const ShapeError& error) {
                          return std::string(error.what()).starts_with("[map] shapes do not");
                        });
}

BOOST_AUTO_TEST_SUITE_END()
