// SPDX-License-Identifier: MIT
#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

BOOST_AUTO_TEST_SUITE(capture_of_tensors)

BOOST_AUTO_TEST_CASE(it_shows_operations_gradients_and_scopes) {
  const Tensor x = tensor({{1, 2}}), w = variable(tensor({{1}, {-1}}), "w");
  Tensor h;
  {
    const Scope outer("net");
    const Scope inner("layer0");
    h = matmul(x, w);
  }
  const Tensor loss = named(h.square().sum(), "loss");
  const Graph graph = capture(loss);
  BOOST_TEST(graph.nodes.size() == 5u);
  BOOST_TEST(graph.nodes[graph.root].name == "loss");
  BOOST_CHECK(graph.nodes[graph.root].role == Role::output);
  BOOST_TEST(graph.nodes[graph.root].gradient == 1);
  BOOST_TEST(graph.nodes[2].op == "matmul");
  BOOST_TEST(graph.scopes[graph.nodes[2].scope].name == "layer0");
  BOOST_TEST(graph.nodes[1].name == "w");
  BOOST_CHECK(graph.nodes[0].role == Role::constant);
  // loss = (x w)^2, x w = -1: d loss / d w = -2 x
  BOOST_TEST(graph.nodes[1].gradient_stats.norm == std::sqrt(4.0 + 16.0),
             boost::test_tools::tolerance(1e-7));
  BOOST_TEST(!w.has_grad());
  backward(loss);
  BOOST_CHECK_THROW(static_cast<void>(capture(loss)), GraphError);
}

BOOST_AUTO_TEST_CASE(an_operand_used_twice_has_two_edges) {
  const Tensor x = variable(tensor(3.0, float64));
  const Graph graph = capture(x * x);
  BOOST_TEST(graph.edges.size() == 2u);
  BOOST_TEST(graph.edges[0].slot == 0u);
  BOOST_TEST(graph.edges[1].slot == 1u);
  BOOST_TEST(graph.edges[0].contribution + graph.edges[1].contribution == graph.nodes[0].gradient);
}

BOOST_AUTO_TEST_CASE(parts_of_the_gradient_of_a_small_tensor_are_kept) {
  const Tensor x = variable(tensor({3, -1}, float64));
  const Graph graph = capture((x * x + x).sum());
  std::vector<double> sum(2, 0.0);
  for (const GraphEdge& edge : graph.edges) {
    for (std::size_t i = 0; edge.from == 0 && i < 2; ++i) sum[i] += edge.samples.at(i);
  }
  BOOST_TEST(sum == (std::vector<double>{7, -1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(parts_of_the_gradient_of_a_large_tensor_are_not_kept) {
  const Graph graph = capture(variable(ones({17})).square().sum());
  for (const GraphEdge& edge : graph.edges) BOOST_TEST(edge.samples.empty());
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_nodes_need_no_stack) {
  const Tensor x = variable(tensor(1.0));
  Tensor y = x;
  for (int i = 0; i < 100'000; ++i) y = y * 1.0;
  BOOST_TEST(capture(y).nodes.size() == 200'001u);
}

BOOST_AUTO_TEST_SUITE_END()
