// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>

namespace nabla::viz::test {
namespace {

template <class Root>
Graph timed(const Root& root) {
  Graph graph = capture(root);
  add_times(graph, root);
  return graph;
}

float seconds_of(const Graph& graph, const std::string& op) {
  for (const GraphNode& node : graph.nodes)
    if (node.op->name == op) return node.notes->seconds;
  BOOST_REQUIRE_MESSAGE(false, "no " + op);
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(times)

BOOST_AUTO_TEST_CASE(operations_have_a_time_and_variables_none) {
  const Tape tape;
  const Value a = variable(0.5, "a"), b = variable(1.5, "b");
  const Tensor w = variable(tensor({{0.5, 1.0}}), "w");
  for (const Graph& graph : {timed(Value(tanh(a * b) + a)), timed(sum(tanh(w) * w))})
    for (const GraphNode& node : graph.nodes)
      BOOST_TEST((node.notes->seconds > 0) == !node.op.empty(), node.op->name);
}

BOOST_AUTO_TEST_CASE(what_takes_long_has_more) {
  Random random(1);
  const Tensor a = variable(randn({256, 256}, random), "a");
  const Graph graph = timed(sum(square(sum(matmul(a, a)))));
  BOOST_TEST(seconds_of(graph, "matmul") > 4 * seconds_of(graph, "square"));
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_otherwise_what_it_was) {
  const Tape tape;
  const Value x = variable(0.5, "x");
  const Value y = sin(x) * x;
  Graph graph = timed(y);
  for (GraphNode& node : graph.nodes) node.notes.edit().seconds = 0;
  BOOST_TEST((graph == capture(y)));
}

BOOST_AUTO_TEST_CASE(where_values_and_tensors_meet_the_rest_has_its_times) {
  const Tape tape;
  const Value a = variable(0.5, "a");
  const Value both[] = {exp(a), a};
  const Tensor t = square(stack(both));
  const Graph graph = timed(Value(sin(element(t, {0})) * 2.0));
  for (const char* op : {"exp", "square", "sin"}) BOOST_TEST(seconds_of(graph, op) > 0, op);
}

BOOST_AUTO_TEST_CASE(the_graph_of_something_else_is_refused) {
  const Tape tape;
  const Value x = variable(0.5, "x");
  const auto refused = [](const std::string& part) {
    return [part](const GraphError& error) {
      const std::string text = error.what();
      return text.starts_with("[add_times] graph: ") && text.find(part) != text.npos;
    };
  };
  const Value y = sin(x) * x;
  Graph other = capture(Value(cos(x) * x)), longer = capture(Value(sin(x) * x + 1.0));
  BOOST_CHECK_EXCEPTION(add_times(other, y), GraphError, refused("lacks the sin"));
  BOOST_CHECK_EXCEPTION(add_times(longer, y), GraphError, refused("the root lacks its add"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
