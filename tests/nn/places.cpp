// SPDX-License-Identifier: MIT
// Where in the program modules and neurons compute. This file has debug information.
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

#include "support/source_lines.hpp"

namespace nabla::nn {
namespace {

std::string line_text(int line) { return test::line_text("places.cpp", line); }

}  // namespace

BOOST_AUTO_TEST_SUITE(places)

BOOST_AUTO_TEST_CASE(scopes_of_modules_have_the_line_of_the_call) {
  Sequential net{Dense(2, 3), Tanh(), Dense(3, 1)};
  const int line = __LINE__ + 1;
  const Graph graph = capture(sum(net(ones({4, 2}))));
  BOOST_REQUIRE(graph.scopes.size() == 5U);  // with the root and the net itself
  for (std::size_t i = 1; i < graph.scopes.size(); ++i)
    BOOST_TEST(graph.scopes[i].place == line_text(line), graph.scopes[i].name);
}

BOOST_AUTO_TEST_CASE(scopes_of_neurons_have_the_line_that_makes_them) {
  const Tape tape;
  Random random(1);
  const int line = __LINE__ + 1;
  const Mlp net({2, 2, 1}, {}, random);
  const Graph graph = capture(net(std::vector{1.0, 2.0})[0]);
  BOOST_REQUIRE(graph.scopes.size() == 6U);
  for (std::size_t i = 1; i < graph.scopes.size(); ++i)
    BOOST_TEST(graph.scopes[i].place == line_text(line), graph.scopes[i].name);
}

BOOST_AUTO_TEST_CASE(what_modules_compute_has_the_line_of_the_call,
                     *boost::unit_test::precondition(test::has_lines)) {
  Sequential net{Dense(2, 3), Tanh()};
  const SourceLines lines;
  const int line = __LINE__ + 1;
  const Graph graph = capture(sum(net(ones({4, 2}))));
  for (const GraphNode& node : graph.nodes)
    if (!node.op.empty()) BOOST_TEST(node.notes->place == line_text(line), node.op->name);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::nn
