// SPDX-License-Identifier: MIT
// The line of the program in which each operation was recorded. This file has debug information.
#include "support/source_lines.hpp"

#include <numeric>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/capture.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/nan_guard.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/ops.hpp>

namespace nabla {
namespace {

std::string line_text(int line) { return test::line_text("source_lines.cpp", line); }

/// Places of the operations with this name, in their order.
std::vector<std::string> places_of(const Graph& graph, const std::string& op) {
  std::vector<std::string> places;
  for (const GraphNode& node : graph.nodes)
    if (node.op->name == op) places.push_back(node.notes->place);
  return places;
}
void check_lines(const Graph& graph, const std::string& op, const std::vector<int>& lines) {
  std::vector<std::string> expected;
  for (const int line : lines) expected.push_back(line_text(line));
  BOOST_TEST_CONTEXT(op)
  BOOST_TEST(places_of(graph, op) == expected, boost::test_tools::per_element());
}

Value squared(const Value& x) { return x * x; }
const int kSquaredLine = __LINE__ - 1;

}  // namespace

BOOST_AUTO_TEST_SUITE(source_lines, *boost::unit_test::precondition(test::has_lines))

BOOST_AUTO_TEST_CASE(each_operation_on_values_has_its_line) {
  const Tape tape;
  const Value x = variable(2.0, "x");
  const SourceLines lines;
  const int first = __LINE__ + 1;
  const Value a = exp(x);
  const Value b = sin(a) * cos(x);
  const Value c = named(a + squared(b), "c");
  const Graph graph = capture(log(c));
  check_lines(graph, "exp", {first});
  check_lines(graph, "sin", {first + 1});
  check_lines(graph, "cos", {first + 1});
  check_lines(graph, "mul", {first + 1, kSquaredLine});
  check_lines(graph, "add", {first + 2});
  check_lines(graph, "log", {first + 3});
}

BOOST_AUTO_TEST_CASE(each_operation_on_tensors_has_its_line) {
  const Tensor x = variable(ones({3}));
  const SourceLines lines;
  const int first = __LINE__ + 1;
  const Tensor a = exp(x);
  const Tensor b = a + sin(a);
  const Graph graph = capture(sum(b));
  check_lines(graph, "exp", {first});
  check_lines(graph, "sin", {first + 1});
  check_lines(graph, "add", {first + 1});
  check_lines(graph, "sum", {first + 2});
}

BOOST_AUTO_TEST_CASE(what_the_standard_library_computes_has_the_line_that_calls_it) {
  const Tape tape;
  const std::vector<Value> xs = variables(std::vector{1.0, 2.0, 3.0});
  const SourceLines lines;
  const int line = __LINE__ + 1;
  const Value total = std::accumulate(xs.begin() + 1, xs.end(), xs.front());
  check_lines(capture(total), "add", {line, line});
}

BOOST_AUTO_TEST_CASE(lines_leave_scopes_as_they_are) {
  const Tape tape;
  const Value x = variable(2.0, "x");
  const auto graph_of = [&] {
    const Scope outer("outer");
    const Value a = exp(x);
    const Scope inner("inner");
    const Value b = sin(a) * a;
    return capture(b);
  };
  const Graph plain = graph_of();
  const SourceLines lines;
  Graph with_lines = graph_of();
  for (GraphNode& node : with_lines.nodes)
    if (!node.op.empty()) {
      BOOST_TEST(!node.notes->place.empty());
      node.notes.edit().place.clear();
    }
  BOOST_TEST(with_lines.scopes.size() == 3U);
  BOOST_TEST((with_lines.scopes == plain.scopes));
  for (std::size_t i = 0; i < plain.nodes.size(); ++i)
    BOOST_TEST(with_lines.nodes[i].scope == plain.nodes[i].scope);
}

BOOST_AUTO_TEST_CASE(no_operation_has_the_line_of_another) {
  const Tape tape;
  const Value x = variable(2.0);
  Value a, y;
  {
    const SourceLines lines;
    a = exp(x);
  }
  const Value z = variable(3.0);
  y = sin(a) * z;  // recorded without a line, right behind one with
  const Graph graph = capture(y);
  BOOST_TEST(!places_of(graph, "exp")[0].empty());
  for (const GraphNode& node : graph.nodes)
    if (node.op->name != "exp") BOOST_TEST(node.notes->place.empty());
}

BOOST_AUTO_TEST_CASE(recorded_gradients_have_the_lines_of_what_they_are_the_gradients_of) {
  const Tensor x = variable(ones({3}), "x");
  const SourceLines lines;
  const int first = __LINE__ + 1;
  const Tensor y = sum(exp(x));
  const Tensor slope = grad(y, std::vector{x}, {.create_graph = true})[0];
  const Tensor z = slope * slope;
  const Graph graph = capture(sum(z));
  check_lines(graph, "exp", {first});
  check_lines(graph, "chain", {first});
  check_lines(graph, "mul", {first + 2});
}

BOOST_AUTO_TEST_CASE(an_error_tells_the_line) {
  const SourceLines lines;
  const NanGuard guard;
  const Tensor x = variable(zeros({2}));
  const int line = __LINE__ + 1;
  BOOST_CHECK_EXCEPTION(static_cast<void>(log(x)), DomainError, [&](const DomainError& error) {
    const std::string text = error.what();
    return text.find("; at ") != text.npos && text.ends_with(line_text(line));
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla
