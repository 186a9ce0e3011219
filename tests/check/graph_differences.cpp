// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/check.hpp>
#include <nabla/engine/bridge.hpp>
#include <nabla/engine/distortion.hpp>
#include <nabla/nabla.hpp>

#include "wrong_sine.hpp"

using namespace nabla;
using check::add_differences;

namespace {

constexpr double kTol = 1e-9;  // of careful differences, far above their bounds

const GraphNode& node_named(const Graph& graph, const std::string& name) {
  for (const GraphNode& node : graph.nodes)
    if (node.name == name) return node;
  BOOST_REQUIRE_MESSAGE(false, "no node " + name);
  return graph.nodes.front();
}
const FiniteDifference& difference_of(const Graph& graph, const std::string& name) {
  return node_named(graph, name).notes->difference;
}

template <class Root>
Graph with_differences(const Root& root) {
  Graph graph = capture(root);
  add_differences(graph, root);
  return graph;
}

std::size_t differences_in(const Graph& graph) {
  std::size_t count = 0;
  for (const GraphNode& node : graph.nodes) count += node.notes->difference.empty() ? 0 : 1;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_differences)

BOOST_AUTO_TEST_CASE(variables_and_operations_have_the_slope_of_the_root) {
  const Tape tape;
  const Value a = variable(1.0, "a"), b = variable(0.5, "b"), c = variable(3.0, "c");
  const Value ab = named(a * b, "ab");
  const Value y = named(tanh(ab) + ab * c, "y");
  const Graph graph = with_differences(y);
  const double inner = 1 - std::tanh(0.5) * std::tanh(0.5) + 3.0;
  for (const auto& [name, slope] : std::vector<std::pair<std::string, double>>{
           {"a", 0.5 * inner}, {"b", inner}, {"c", 0.5}, {"ab", inner}, {"y", 1.0}}) {
    BOOST_TEST(difference_of(graph, name).slope == slope, boost::test_tools::tolerance(kTol));
    BOOST_TEST(difference_of(graph, name).bound < 1e-9);
    BOOST_TEST(difference_of(graph, name).verdict == "pass");
  }
  for (const GraphNode& node : graph.nodes)
    BOOST_TEST(node.has_gradient == !node.notes->difference.empty(), *node.name);
}

BOOST_AUTO_TEST_CASE(the_snapshot_is_otherwise_what_it_was) {
  const Tape tape;
  const Value x = variable(0.3, "x");
  const Value y = sin(x) * x;
  Graph graph = with_differences(y);
  for (GraphNode& node : graph.nodes) node.notes.edit().difference = {};
  BOOST_TEST((graph == capture(y)));
}

BOOST_AUTO_TEST_CASE(at_a_kink_both_slopes_are_told) {
  const Tape tape;
  const Value x = variable(0.0, "x");
  const Graph graph = with_differences(Value(abs(x) * 2.0));
  const FiniteDifference& found = difference_of(graph, "x");
  BOOST_TEST(found.verdict == "kink accepted");
  BOOST_TEST(found.left == -2.0, boost::test_tools::tolerance(kTol));
  BOOST_TEST(found.right == 2.0, boost::test_tools::tolerance(kTol));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_no_slope_fails) {
  const Tape tape;
  const Value x = variable(0.4, "x"), w = variable(2.0, "w");
  const Value s = test::wrong_sine(x);
  const Graph graph = with_differences(Value(named(s, "s") * w));
  BOOST_TEST(difference_of(graph, "x").verdict == "fail");
  BOOST_TEST(difference_of(graph, "x").slope == 2 * std::cos(0.4),
             boost::test_tools::tolerance(kTol));
  BOOST_TEST(difference_of(graph, "s").verdict == "pass");
  BOOST_TEST(difference_of(graph, "w").verdict == "pass");
}

BOOST_AUTO_TEST_CASE(a_tensor_has_the_slope_along_its_gradient) {
  const Tensor w = named(variable(tensor({{0.5, -1.0}, {2.0, 0.25}}, float64)), "w");
  const Tensor b = named(variable(tensor({0.75}, float64)), "b");
  const Tensor h = named(tanh(matmul(tensor({{1.0, 0.3}}, float64), w)) * b, "h");
  const Graph graph = with_differences(sum(square(h)));
  for (const char* name : {"w", "h"}) {
    const FiniteDifference& found = difference_of(graph, name);
    BOOST_TEST(found.slope == node_named(graph, name).tensor->gradient.norm,
               boost::test_tools::tolerance(kTol));
    BOOST_TEST(found.verdict == "pass");
  }
  BOOST_TEST(difference_of(graph, "b").slope == node_named(graph, "b").gradient,
             boost::test_tools::tolerance(kTol));
}

BOOST_AUTO_TEST_CASE(float32_is_held_against_slopes_in_float64) {
  const Tensor w = named(variable(tensor({0.5F, -1.25F, 2.0F}, float32)), "w");
  const Graph graph = with_differences(sum(exp(w) * 0.1F));
  const FiniteDifference& found = difference_of(graph, "w");
  double squares = 0.0;
  for (const double x : {0.5, -1.25, 2.0}) squares += std::pow(double{0.1F} * std::exp(x), 2);
  BOOST_TEST(found.slope == std::sqrt(squares), boost::test_tools::tolerance(kTol));
  BOOST_TEST(found.verdict == "pass");
}

BOOST_AUTO_TEST_CASE(a_wrong_rule_of_tensors_fails) {
  const Distortion wrong([](const BackwardCall& call, int, Tensor contribution) {
    return call.info().name == "exp" ? contribution * 1.5 : contribution;
  });
  const Tensor w = named(variable(tensor({0.5, -1.25}, float64)), "w");
  const Graph graph = with_differences(sum(exp(w)));
  BOOST_TEST(difference_of(graph, "w").verdict == "fail");
}

BOOST_AUTO_TEST_CASE(of_a_large_graph_the_variables_come_first) {
  const Tape tape;
  const Value x = variable(0.5, "x"), w = variable(1.1, "w");
  Value y = x;
  for (int i = 0; i < 2'500; ++i) y = tanh(y) * w;
  const Graph graph = with_differences(y);
  BOOST_TEST(differences_in(graph) == 50'000 / graph.nodes.size());
  BOOST_TEST(difference_of(graph, "x").verdict == "pass");
  BOOST_TEST(difference_of(graph, "w").verdict == "pass");
}

BOOST_AUTO_TEST_CASE(how_many_numbers_they_take_can_be_chosen) {
  const Tape tape;
  const Value x = variable(0.5, "x");
  const Value y = sin(exp(x) * x);
  Graph graph = capture(y);
  BOOST_REQUIRE(graph.nodes.size() == 4U);
  for (const auto& [most_numbers, nodes] : {std::pair{0U, 1U}, {8U, 2U}, {15U, 3U}, {16U, 4U}}) {
    graph = capture(y);
    add_differences(graph, y, {.most_numbers = most_numbers});
    BOOST_TEST(differences_in(graph) == nodes);
  }
  const Tensor w = variable(ones({2}));
  const Tensor loss = sum(exp(w));
  graph = capture(loss);
  add_differences(graph, loss, {.most_numbers = 1});
  BOOST_TEST(differences_in(graph) == 1U);
}

BOOST_AUTO_TEST_CASE(a_graph_of_values_and_tensors_has_none) {
  const Tape tape;
  const Value a = variable(0.5, "a"), b = variable(1.5, "b");
  const Value both[] = {a, b};
  const Tensor loss = sum(square(stack(both)));
  BOOST_TEST(differences_in(with_differences(loss)) == 0u);
}

BOOST_AUTO_TEST_CASE(a_number_has_none) {
  const Tape tape;
  BOOST_TEST(differences_in(with_differences(Value(2.0))) == 0u);
  BOOST_TEST(differences_in(with_differences(tensor({2.0}))) == 0u);
}

BOOST_AUTO_TEST_CASE(the_graph_of_something_else_is_refused) {
  const Tape tape;
  const Value x = variable(0.5, "x");
  const Value y = sin(x) * x;
  const auto refused = [](const std::string& part) {
    return [part](const GraphError& error) {
      const std::string text = error.what();
      return text.starts_with("[add_differences] graph: ") && text.find(part) != text.npos;
    };
  };
  Graph other = capture(Value(cos(x) * x)), shorter = capture(Value(sin(x))),
        longer = capture(Value(sin(x) * x + 1.0));
  BOOST_CHECK_EXCEPTION(add_differences(other, y), GraphError, refused("got cos"));
  BOOST_CHECK_EXCEPTION(add_differences(shorter, y), GraphError, refused("more operations"));
  BOOST_CHECK_EXCEPTION(add_differences(longer, y), GraphError, refused("3 operations"));
  const Tensor w = variable(tensor({0.5}, float64));
  Graph wide = capture(sum(exp(w)));
  BOOST_CHECK_EXCEPTION(add_differences(wide, sum(w)), GraphError, refused("no such operation"));
}

BOOST_AUTO_TEST_SUITE_END()
