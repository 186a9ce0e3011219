// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/viz/json.hpp>

#include "viz/graphs.hpp"

namespace nabla::viz::test {
namespace {

std::string error_of(const std::string& text) {
  try {
    (void)from_json(text);
  } catch (const FormatError& error) {
    return error.what();
  }
  return "accepted";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

constexpr auto kSmall = R"({"schema": "nabla.graph/1", "root": 1, "scopes": [{}],
 "nodes": [{"role": "input"}, {"role": "output", "op": "exp"}],
 "edges": [{"from": 0, "to": 1}], "backward_order": [0]})";

}  // namespace

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(graphs_come_back_as_they_were) {
  for (const Graph& graph :
       {neuron(), network({4, 5, 2}), tensor_network(), chain(1000), double_backward()}) {
    BOOST_TEST((from_json(to_json(graph)) == graph));
  }
}

BOOST_AUTO_TEST_CASE(finite_differences_come_back_and_are_left_out_where_there_are_none) {
  Graph graph = neuron();
  BOOST_TEST(to_json(graph).find("difference") == std::string::npos);
  graph.nodes[1].notes.edit().difference = FiniteDifference{0.25, 1e-13, 0.0, 0.0, "pass"};
  graph.nodes[2].notes.edit().difference = FiniteDifference{0.0, 0.5, -1.0, 1.0, "kink accepted"};
  const std::string text = to_json(graph);
  BOOST_TEST(text.find(R"("difference": {"slope": 0.25, "bound": 1e-13, "verdict": "pass"})") !=
             std::string::npos);
  BOOST_TEST((from_json(text) == graph));
  BOOST_TEST(error_of(replaced(text, R"("slope": 0.25)", R"("slop": 0.25)"))
                 .find("difference of node 1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(places_come_back) {
  Graph graph = neuron();
  BOOST_TEST(to_json(graph).find("place") == std::string::npos);
  graph.nodes[1].notes.edit().place = "train.cpp:88";
  BOOST_TEST(to_json(graph).find(R"("place": "train.cpp:88")") != std::string::npos);
  BOOST_TEST((from_json(to_json(graph)) == graph));
}

BOOST_AUTO_TEST_CASE(times_come_back_and_are_none_below_zero) {
  Graph graph = neuron();
  graph.nodes[6].notes.edit().seconds = 1.25e-7F;
  const std::string text = to_json(graph);
  BOOST_TEST((from_json(text) == graph));
  const std::string number = text.substr(text.find("\"seconds\": ") + 11, 20);
  for (const char* wrong : {"-1", "\"nan\"", "\"inf\"", "1e300"})
    BOOST_TEST(error_of(replaced(text, number.substr(0, number.find_first_of(",}")), wrong))
                   .find("\"seconds\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_double_comes_back_bit_for_bit) {
  std::mt19937_64 random(7);
  std::vector<double> numbers{0.0,
                              -0.0,
                              1.0 / 3.0,
                              5e-324,
                              2.2250738585072014e-308,
                              1e22,
                              12345678901234567.0,
                              1.7976931348623157e308};
  for (int i = 0; i < 10000; ++i) {
    const double x = std::bit_cast<double>(random());
    if (std::isfinite(x)) numbers.push_back(x);
  }
  Builder build;
  for (const double x : numbers) build.leaf("", x);
  const Graph graph = build.finish(), back = from_json(to_json(graph));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    BOOST_TEST(std::bit_cast<std::uint64_t>(back.nodes[i].value) ==
               std::bit_cast<std::uint64_t>(numbers[i]));
  }
}

BOOST_AUTO_TEST_CASE(numbers_that_are_not_finite_are_strings) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Builder build;
  build.leaf("a", std::nan(""));
  build.leaf("b", infinity);
  build.leaf("c", -infinity);
  const std::string text = to_json(build.finish());
  const Graph back = from_json(text);
  BOOST_TEST(text.find("\"value\": \"nan\"") != std::string::npos);
  BOOST_TEST(std::isnan(back.nodes[0].value));
  BOOST_TEST(back.nodes[1].value == infinity);
  BOOST_TEST(back.nodes[2].value == -infinity);
}

BOOST_AUTO_TEST_CASE(a_small_document_written_by_hand_is_read) {
  const Graph graph = from_json(kSmall);
  BOOST_TEST(graph.nodes.size() == 2u);
  BOOST_TEST(graph.nodes[1].op->name == "exp");
}

BOOST_AUTO_TEST_CASE(a_document_from_before_a_member_joined_the_schema_is_read) {
  const Graph graph = from_json(kSmall);
  BOOST_TEST(graph.nodes[0].tensor->bytes == 0);
  BOOST_TEST(graph.nodes[0].tensor->saved_bytes == 0);
  const Graph later =
      from_json(replaced(kSmall, "\"exp\"", "\"exp\", \"bytes\": 8, \"saved_bytes\": 16"));
  BOOST_TEST(later.nodes[1].tensor->bytes == 8);
  BOOST_TEST(later.nodes[1].tensor->saved_bytes == 16);
}

BOOST_AUTO_TEST_CASE(every_prefix_of_a_document_is_refused) {
  const std::string text = to_json(neuron());
  for (std::size_t length = 0; length + 2 < text.size(); ++length) {
    BOOST_TEST(error_of(text.substr(0, length)) != "accepted");
  }
}

BOOST_AUTO_TEST_CASE(flipped_bits_give_a_graph_or_a_format_error_and_nothing_else) {
  const std::string text = to_json(neuron());
  for (std::size_t i = 0; i < 8 * text.size(); ++i) {
    std::string damaged = text;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    (void)error_of(damaged);  // any other exception ends the test
  }
}

BOOST_AUTO_TEST_CASE(what_is_off_is_named) {
  const auto check = [](const std::string& from, const std::string& to, const std::string& reason) {
    const std::string text = error_of(replaced(kSmall, from, to));
    BOOST_TEST(text.find(reason) != std::string::npos, to << " gave " << text);
  };
  check("graph/1", "graph/2",
        "\"schema\" of the document: got \"nabla.graph/2\", need nabla.graph/1");
  check("\"root\": 1", "\"root\": 2", "its root is node 2");
  check("\"root\": 1", "\"root\": -1",
        "\"root\" of the document: got -1, need a whole number from 0 to 4294967295");
  check("\"root\": 1", "\"root\": 1.5", "\"root\" of the document: got 1.5, need a whole number");
  check("\"root\": 1, ", "", "lacks \"root\"");
  check("\"root\": 1", "\"root\": 1, \"root\": 1", "member \"root\" repeated");
  check("\"root\": 1", "\"root\": 1, \"extra\": 1",
        "the document: the schema knows no member \"extra\"");
  check("{\"role\": \"input\"}", "{}", "node 0 lacks \"role\"");
  check("{\"role\": \"input\"}", "7", "node 0: got 7, need an object");
  check("\"input\"", "\"king\"", "\"role\" of node 0: got \"king\", need one of");
  check("\"exp\"", "7", "\"op\" of node 1: got 7, need a text");
  check("\"exp\"", "\"exp\", \"value\": \"big\"",
        "\"value\" of node 1: got \"big\", need a number");
  check("\"exp\"", "\"exp\", \"scope\": 3", "a node is in scope 3");
  check("\"exp\"", "\"exp\", \"bytes\": -8", "\"bytes\" of node 1: got -8, need a whole number");
  check("\"exp\"", "\"exp\", \"shape\": 3",
        "\"shape\" of node 1: got 3, need a list of at most 64");
  check("\"exp\"", "[[1, 2], 3]", "\"op\" of node 1: got a list of 2, need a text");
  check("\"exp\"", "{}", "\"op\" of node 1: got an object, need a text");
  check("\"exp\"", "\"exp\", \"value\": \"" + std::string(5000, 'x') + "\"",
        "got \"" + std::string(39, 'x') + "\xE2\x80\xA6\", need a number");
  const std::string stats = "\"exp\", \"tensor\": true, \"value_stats\": ";
  const std::string reason = "need at least nans, infinities and zeros together";
  check("\"exp\"", stats + R"({"count": 2, "nans": 3})", reason);
  check("\"exp\"", stats + R"({"count": 2, "nans": 1, "infinities": 1, "zeros": 1})", reason);
  const std::string most = "9223372036854775807";
  const std::string all = R"({"count": )" + most + R"(, "nans": )" + most;
  check("\"exp\"", stats + all + R"(, "infinities": )" + most + "}", reason);
  check("\"exp\"", "\"exp\", \"level\": 0", "the level of node 1 is 0");
  check("\"from\": 0", "\"from\": 1", "does not lead forward");
  check("\"to\": 1", "\"to\": 9", "an edge leads to node 9");
  check("\"to\": 1", "\"to\": 4294967296", "\"to\" of edge 0: got 4294967296, need a whole number");
  check("[0]", "[5]", "backward order names edge 5");
  check("[0]", "[0, 0]", "backward order names edge 0 twice");
  const auto adjoints = [](const std::string& list) {
    return "\"backward_order\": [0], \"adjoints\": " + list;
  };
  const std::string order = "\"backward_order\": [0]";
  check(order, adjoints(R"([{"node": 2, "of": 0}])"), "node 2 is the gradient of node 0");
  check(order, adjoints(R"([{"node": 1, "of": 1}])"), "node 1 is the gradient of node 1");
  check(order, adjoints(R"([{"node": 1, "of": 0}, {"node": 1, "of": 0}])"),
        "what node 1 is the gradient of is out of order");
  check(order, adjoints(R"([{"node": 1}])"), "adjoint 0 lacks \"of\"");
  check("[{}]", "[{}, {\"parent\": 1}]", "scope 1 stands before its parent 1");
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_before_it_costs_anything) {
  BOOST_TEST(error_of(std::string(1000000, '[')).find("nested too deep") != std::string::npos);
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  BOOST_TEST(error_of(objects).find("nested too deep") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(other_files_are_refused) {
  for (const char* text : {"", "null", "[]", "digraph {}", "\x1f\x8b\x08", "<html>", "{}"}) {
    BOOST_TEST(error_of(text) != "accepted");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
