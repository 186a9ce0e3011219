// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/viz/dot.hpp>
#include <nabla/viz/explain.hpp>

#include "viz/graphs.hpp"

namespace nabla::viz::test {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// y = (a * b) * a at a = 2, b = 3
Graph product() {
  Builder build;
  const std::uint32_t a = build.leaf("a", 2.0), b = build.leaf("b", 3.0);
  const std::uint32_t ab = build.op("mul", 6.0, {{a, 3.0}, {b, 2.0}}, "", "*");
  build.op("mul", 12.0, {{ab, 2.0}, {a, 6.0}}, "y", "*");
  Graph graph = build.finish();
  graph.nodes.back().op.edit().formula = "y = a b";
  graph.nodes.back().op.edit().gradient_rule = "dy/da = b, dy/db = a";
  return graph;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(explain_graph)

BOOST_AUTO_TEST_CASE(a_small_graph_is_told_completely) {
  const std::string expected =
      "Forward: every operation with its numbers\n"
      "  a                      = 2   input\n"
      "  b                      = 3   input\n"
      "  t1  = a * b   = 2 * 3  = 6\n"
      "  y   = t1 * a  = 6 * 2  = 12\n"
      "\n"
      "Backward: from y down, what has arrived times the local derivative\n"
      "  dy/dy = 1, the start\n"
      "  y = t1 * a    (rule: y = a b, dy/da = b, dy/db = a)\n"
      "    dy/dt1 +=  dy/dy * dy/dt1   = 1 * 2  = 2\n"
      "    dy/da +=   dy/dy * dy/da    = 1 * 6  = 6\n"
      "  t1 = a * b\n"
      "    dy/da +=   dy/dt1 * dt1/da  = 2 * 3  = 6  running sum 6 + 6 = 12\n"
      "    dy/db +=   dy/dt1 * dt1/db  = 2 * 2  = 4\n"
      "\n"
      "Gradient of y\n"
      "  dy/da  = 12\n"
      "  dy/db  = 4\n";
  BOOST_TEST(explain(product()) == expected);
}

BOOST_AUTO_TEST_CASE(a_repeated_operand_shows_how_its_gradient_adds_up) {
  BOOST_TEST(has(explain(neuron()), "running sum 0.707107 + 0.707107 = 1.41421"));
}

BOOST_AUTO_TEST_CASE(constants_appear_as_their_numbers) {
  Builder build;
  const std::uint32_t x = build.leaf("x", 3.0);
  const std::uint32_t two = build.leaf("", 2.0, Role::constant);
  build.op("pow", 9.0, {{x, 6.0}, {two, 0.0}}, "", "^");
  const std::string text = explain(build.finish());
  BOOST_TEST(has(text, "L  = x ^ 2  = 3 ^ 2  = 9"));
  BOOST_TEST(!has(text, "constant"));
}

BOOST_AUTO_TEST_CASE(names_are_told_apart) {
  Builder build;
  const std::uint32_t a = build.leaf("w", 1.0), b = build.leaf("w", 2.0);
  build.enter("layer");
  const std::uint32_t c = build.leaf("w", 3.0), t = build.leaf("t1", 4.0);
  build.leave();
  const std::uint32_t sum = build.op("sum", 6.0, {{a, 1.0}, {b, 1.0}, {c, 1.0}, {t, 1.0}});
  build.op("exp", 0.0, {{sum, 1.0}}, "L");
  const std::string text = explain(build.finish());
  BOOST_TEST(has(text, "t2       = sum(w, w#2, layer/w, t1)"));
  BOOST_TEST(has(text, "dL/dlayer/w"));
}

BOOST_AUTO_TEST_CASE(tensors_are_told_by_shape_and_norm) {
  const std::string text = explain(tensor_network());
  BOOST_TEST(has(text, "= matmul(images, dense1/weight)"));
  BOOST_TEST(has(text, "(64, 128) float32"));
  BOOST_TEST(has(text, "norm of this part 0.2"));
  BOOST_TEST(has(text, "|dloss/ddense1/weight|"));
}

BOOST_AUTO_TEST_CASE(long_stories_are_cut_and_say_so) {
  const std::string text = explain(chain(1000), {.max_steps = 10});
  BOOST_TEST(has(text, "... and 991 more nodes (max_steps 10)\n"));
  BOOST_TEST(has(text, "... and 990 more products (max_steps 10)\n"));
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') < 50);
  const std::string all = explain(chain(1000), {.max_steps = 0});
  BOOST_TEST(!has(all, "..."));
  BOOST_TEST(std::count(all.begin(), all.end(), '\n') > 2000);
  Builder build;
  std::vector<std::pair<std::uint32_t, double>> inputs;
  for (int i = 0; i < 30; ++i) inputs.emplace_back(build.leaf("x" + std::to_string(i), 1.0), 1.0);
  build.op("sum", 30.0, inputs);
  BOOST_TEST(has(explain(build.finish(), {.max_steps = 10}), "  ... and 20 more (max_steps 10)\n"));
}

BOOST_AUTO_TEST_CASE(markdown_has_tables) {
  const std::string text = explain(product(), {.markdown = true});
  BOOST_TEST(text.starts_with("## Forward"));
  BOOST_TEST(has(text,
                 "\n\n| node | operation | in numbers | value | role |\n"
                 "| --- | --- | --- | --- | --- |\n"),
             text);
  BOOST_TEST(has(text, "\n\n| gradient | product | in numbers | adds | so far |\n"), text);
  BOOST_TEST(has(text, "\n\n| gradient | value |\n| --- | --- |\n| `d"), text);
  BOOST_TEST(!has(explain(product()), "|"));
}

BOOST_AUTO_TEST_CASE(a_name_in_a_table_of_markdown_stays_in_its_cell) {
  Graph graph = product();
  graph.nodes[0].name = "a|b ``c` <b>";
  const std::string text = explain(graph, {.markdown = true});
  BOOST_TEST(has(text, "\n| ``` a\\|b ``c` <b> ``` |  |  |"), text);
}

BOOST_AUTO_TEST_CASE(a_name_in_a_heading_of_markdown_stays_text) {
  Graph graph = product();
  graph.nodes.back().name = "<b>*y*</b> [a](http://b) `c` # d";
  const std::string text = explain(graph, {.markdown = true});
  BOOST_TEST(
      has(text, "## Gradient of \\<b\\>\\*y\\*\\</b\\> \\[a\\]\\(http\\://b\\) \\`c\\` \\# d\n"),
      text);
  BOOST_TEST(has(explain(graph), "Gradient of <b>*y*</b> [a](http://b) `c` # d\n"));
}

BOOST_AUTO_TEST_CASE(no_nan_is_printed_with_a_sign) {
  const double negative_nan = std::copysign(std::numeric_limits<double>::quiet_NaN(), -1.0);
  Builder build;
  const std::uint32_t x = build.leaf("x", negative_nan);
  GraphNode& tensor = build.graph.nodes[build.op("matmul", negative_nan, {{x, negative_nan}})];
  tensor.is_scalar = false;
  tensor.tensor.edit().shape = std::vector<std::int64_t>{3};
  tensor.tensor.edit().value =
      Stats{.count = 3, .mean = negative_nan, .deviation = negative_nan, .nans = 2};
  const Graph graph = build.finish();
  BOOST_TEST(has(explain(graph), "mean nan, deviation nan"));
  for (const std::string& text : {explain(graph), summary(graph), to_dot(graph)}) {
    BOOST_TEST(!has(text, "-nan"), text);
  }
}

BOOST_AUTO_TEST_CASE(a_tensor_without_a_finite_element_has_no_mean) {
  Builder build;
  const std::uint32_t x = build.leaf("x", 1.0);
  GraphNode& tensor = build.graph.nodes[build.op("matmul", std::nan(""), {{x, 1.0}})];
  tensor.is_scalar = false;
  tensor.tensor.edit().shape = std::vector<std::int64_t>{30};
  tensor.tensor.edit().value = Stats{.count = 30, .nans = 30};
  const std::string text = explain(build.finish());
  BOOST_TEST(has(text, "  all NaN"), text);
  BOOST_TEST(!has(text, "mean"), text);
}

BOOST_AUTO_TEST_CASE(a_summary_counts) {
  const std::string text = summary(neuron());
  BOOST_TEST(has(text, "root     L = 0.5\n"), text);
  BOOST_TEST(has(text, "11: 2 inputs, 3 parameters, 0 constants, 6 operations"));
  BOOST_TEST(has(text, "6 nodes on the longest path"));
  BOOST_TEST(has(text, "3 mul, 2 add, 1 tanh"));
  BOOST_TEST(has(text, "smallest 0, median 0.707107, largest 2.12132"));
  BOOST_TEST(has(text, "trouble  none found"));
}

BOOST_AUTO_TEST_CASE(a_summary_names_where_numbers_went_wrong_first) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Builder build;
  const std::uint32_t x = build.leaf("x", 0.0);
  const std::uint32_t log = build.op("log", -infinity, {{x, infinity}}, "bad");
  build.op("mul", -infinity, {{log, 1.0}});
  const std::string text = summary(build.finish());
  BOOST_TEST(has(text, "NaN or inf: bad, made by log, its value; and "), text);
}

BOOST_AUTO_TEST_CASE(a_summary_says_what_tensors_take_and_which_ops_need_most) {
  Graph graph = tensor_network();
  for (GraphNode& node : graph.nodes)
    node.tensor.edit().bytes = node.op->name == "matmul" ? 3 << 20 : 1 << 10;
  for (GraphNode& node : graph.nodes)
    node.tensor.edit().saved_bytes = node.op->name == "matmul" ? 512 : 0;
  const auto matmuls = std::ranges::count_if(
      graph.nodes, [](const GraphNode& node) { return node.op->name == "matmul"; });
  BOOST_TEST(matmuls == 2);
  const std::string text = summary(graph);
  BOOST_TEST(has(text, "memory   6.01 MiB of elements: 6 MiB by matmul, "), text);
  BOOST_TEST(has(text, " 1 KiB of them kept for the sweep: 1 KiB by matmul\n"), text);
  BOOST_TEST(!has(summary(neuron()), "memory"));
}

BOOST_AUTO_TEST_CASE(absurd_amounts_of_memory_are_no_trouble) {
  Graph graph = tensor_network();
  for (GraphNode& node : graph.nodes)
    node.tensor.edit().bytes = node.tensor.edit().saved_bytes =
        std::numeric_limits<std::int64_t>::max();
  BOOST_TEST(has(summary(graph), " EiB of elements"), summary(graph));
}

BOOST_AUTO_TEST_CASE(elements_that_do_not_fit_the_shape_are_not_written_out) {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{0}, {3}, {1L << 62, 1L << 62}}) {
    Builder build;
    const std::uint32_t x = build.leaf("x", 1.0);
    build.op("sum", 1.0, {{x, 1.0}});
    GraphNode& tensor = build.graph.nodes[x];
    tensor.is_scalar = false;
    tensor.tensor.edit().shape = shape;
    tensor.tensor.edit().value = Stats{.count = 2, .samples = {0.25, 0.5}};
    const std::string text = explain(build.finish());
    BOOST_TEST(!has(text, "0.25"), text);
  }
}

BOOST_AUTO_TEST_CASE(inconsistent_graphs_are_refused) {
  BOOST_CHECK_THROW((void)explain(Graph{}), GraphError);
  BOOST_CHECK_THROW((void)summary(Graph{}), GraphError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
