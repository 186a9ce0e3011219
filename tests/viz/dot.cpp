// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/dot.hpp>
#include <nabla/viz/explain.hpp>
#include <nabla/viz/json.hpp>
#include <nabla/viz/svg.hpp>

#include "viz/graphs.hpp"
#include "viz/pick.hpp"

namespace nabla::viz::test {
namespace {

// One variable for each decade of gradients on both sides, summed up.
Graph all_decades() {
  Builder build;
  std::vector<std::pair<std::uint32_t, double>> operands;
  for (int decade = -8; decade <= 4; ++decade) {
    for (const double sign : {-1.0, 1.0}) {
      operands.emplace_back(build.leaf("", 1.0), sign * std::pow(10.0, decade));
    }
  }
  build.op("sum", 0.0, operands);
  return build.finish();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dot)

BOOST_AUTO_TEST_CASE(every_node_has_one_box_and_every_operand_one_arrow) {
  const Graph graph = neuron();
  const std::string text = to_dot(graph, {.legend = false});
  BOOST_TEST(box_count(text) == graph.nodes.size());
  BOOST_TEST(count(text, " -> v") == graph.edges.size());
}

BOOST_AUTO_TEST_CASE(a_repeated_operand_has_two_arrows) {
  const Graph graph = neuron();  // ends in o * o
  const std::string text = to_dot(graph), bare = to_dot(graph, {.max_edge_labels = 0});
  const GraphEdge& last = graph.edges.back();
  const std::string from = "v" + std::to_string(last.from), to = "v" + std::to_string(last.to);
  BOOST_TEST(count(bare, from + " -> " + to) == 2u);
  for (const std::size_t edge : {graph.edges.size() - 2, graph.edges.size() - 1}) {
    const std::string number = "e" + std::to_string(edge);
    BOOST_TEST(count(text, from + " -> " + number + "\t") == 1u);
    BOOST_TEST(count(text, number + " -> " + to + "\t") == 1u);
  }
}

BOOST_AUTO_TEST_CASE(a_box_says_name_op_value_and_signed_gradient) {
  const std::string text = to_dot(neuron());
  BOOST_TEST(text.find("value -3") != std::string::npos);
  BOOST_TEST(text.find("grad  +1.41421") != std::string::npos);
  BOOST_TEST(text.find("grad  -2.12132") != std::string::npos);
  BOOST_TEST(text.find("o \xC2\xB7 tanh") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_arrow_says_the_local_derivative_in_the_middle) {
  const Graph graph = neuron();
  const std::string text = to_dot(graph);
  std::size_t tanh = 0;
  while (graph.nodes[graph.edges[tanh].to].op->name != "tanh") ++tanh;
  const std::string number = "e" + std::to_string(tanh);
  BOOST_TEST(statement(text, number + "\t")
                 .find("label=\"\xC3\x97"
                       "0.5\"") != std::string::npos);
  BOOST_TEST(count(text, "arrowhead=none") == graph.edges.size());
}

BOOST_AUTO_TEST_CASE(local_derivatives_stand_on_all_arrows_up_to_a_limit) {
  const Graph graph = network({12, 3, 2});
  const std::string text = to_dot(graph), bare = to_dot(graph, {.max_edge_labels = 10});
  BOOST_TEST(count(bare, " -> ") > 100u);
  BOOST_TEST(count(text, "\xC3\x97") == count(bare, " -> "));
  BOOST_TEST(count(bare, "\xC3\x97") == 0u);
}

// Which node each line of a DOT text comes from, by the one it leads to.
std::multimap<std::string, std::string> origins(const std::string& text) {
  std::multimap<std::string, std::string> from;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t arrow = line.find(" -> ");
    if (arrow == std::string::npos || line.find('"') < arrow) continue;
    const std::size_t begin = line.find_first_not_of('\t'), to = arrow + 4;
    from.emplace(line.substr(to, line.find_first_of("\t [;", to) - to),
                 line.substr(begin, arrow - begin));
  }
  return from;
}

BOOST_AUTO_TEST_CASE(lines_of_what_all_steps_use_branch_off_a_trunk) {
  const Graph graph = recurrence(40);
  const PictureOptions options{.view = {.max_nodes = 0, .max_cost = 0}};
  const View view = make_view(graph, options.view);
  const std::string text = to_dot(graph, view, options);
  const std::multimap<std::string, std::string> from = origins(text);
  const auto is_point = [](const std::string& id) { return id.starts_with('p'); };
  std::multiset<std::pair<std::string, std::string>> drawn, expected;
  std::map<std::string, std::size_t> lines_out;
  for (const auto& [to, origin] : from) {
    ++lines_out[origin];
    if (is_point(to)) {
      BOOST_TEST(from.count(to) == 1u);
      continue;
    }
    std::string box = origin;
    while (is_point(box) || box.starts_with('e')) box = from.find(box)->second;
    if (!to.starts_with('e')) drawn.emplace(box, to);
  }
  for (const Arrow& arrow : view.arrows) {
    const auto id = [&](std::uint32_t box) { return fmt::format("v{}", view.boxes[box].node); };
    expected.emplace(id(arrow.from), id(arrow.to));
  }
  BOOST_TEST((drawn == expected));
  BOOST_TEST(count(text, "shape=point") > 20u);
  for (const auto& [id, count] : lines_out) BOOST_TEST(count <= 12u, id);  // not 40
  BOOST_TEST(count(text, "nslimit=1") == 1u);
  const std::string few = to_dot(recurrence(10), options);
  BOOST_TEST(count(few, "shape=point") == 0u);
  BOOST_TEST(count(few, "nslimit") == 0u);
  const std::string large = to_dot(recurrence(2000), options);  // too much for Graphviz anyhow
  BOOST_TEST(count(large, "shape=point") == 0u);
}

BOOST_AUTO_TEST_CASE(a_number_stands_in_the_innermost_frame_around_both_ends) {
  Builder build;
  const std::uint32_t x = build.leaf("x", 1.0);
  build.enter("layer");
  build.enter("neuron");
  const std::uint32_t w = build.leaf("w", 2.0), v = build.leaf("v", 2.0);
  const std::uint32_t product = build.op("mul", 4.0, {{w, 2.0}, {v, 2.0}});  // e0, e1
  build.leave();
  build.op("mul", 4.0, {{product, 1.0}, {x, 4.0}});  // e2, e3
  build.leave();
  const std::string text = to_dot(build.finish(), {.view = {.fold_constants = false}});
  const std::size_t inner = text.find(">neuron \xC2\xB7 |grad|"),
                    inner_end = text.find("\n\t\t}", inner);
  const std::size_t outer_end = text.find("\n\t}", inner_end);
  for (const auto& [number, first, last] :
       {std::tuple{"e1\t[", inner, inner_end}, std::tuple{"e2\t[", inner_end, outer_end}}) {
    BOOST_TEST(text.find(number) > first);
    BOOST_TEST(text.find(number) < last);
  }
}

BOOST_AUTO_TEST_CASE(a_pointer_over_an_arrow_shows_the_product_with_its_numbers) {
  const std::string product = "tooltip=\"dL/dn += dL/do * do/dn";
  // The number and the two halves of its line.
  BOOST_TEST(count(to_dot(neuron()), product + "\n= 1.41421 * 0.5 = 0.707107\"") == 3u);
  BOOST_TEST(count(to_dot(neuron(), {.values = false}), product + "\"") == 1u);
  BOOST_TEST(to_dot(tensor_network())
                 .find("+= dloss/dloss through softmax_cross_entropy\n"
                       "norm 0.2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_arrow_that_adds_nothing_is_dashed) {
  const std::string text = to_dot(neuron());
  BOOST_TEST(count(text, "style=dashed") == 2u);  // both halves; w2, whose input is 0
}

BOOST_AUTO_TEST_CASE(inputs_are_square_parameters_bold_and_operations_rounded) {
  const std::string text = to_dot(neuron());
  BOOST_TEST(statement(text, "v0\t").find("style=filled") != std::string::npos);
  BOOST_TEST(statement(text, "v2\t").find("penwidth=2.5") != std::string::npos);
  BOOST_TEST(statement(text, "v5\t").find("style=\"rounded,filled\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(scopes_are_frames_inside_each_other) {
  const std::string text = to_dot(network({2, 2, 1}));
  const std::size_t layer = text.find(">layer1 \xC2\xB7 |grad|"),
                    neuron1 = text.find(">neuron1 \xC2\xB7 |grad|");
  BOOST_TEST(layer < neuron1);
  BOOST_TEST(neuron1 != std::string::npos);
}

// libcgraph compares each node with each frame beside its own.
BOOST_AUTO_TEST_CASE(many_frames_beside_each_other_stand_in_parts) {
  const auto drawn = [](int scopes) {
    Builder build;
    std::uint32_t y = build.leaf("x", 0.5);
    for (int i = 0; i < scopes; ++i) {
      build.enter("block" + std::to_string(i));
      y = build.op("tanh", 0.5, {{y, 0.75}});
      build.leave();
    }
    return to_dot(build.finish(), {.view = {.max_nodes = 0, .max_cost = 0}, .legend = false});
  };
  // How many subgraphs stand in one, at most.
  const auto most = [](const std::string& text) {
    std::vector<std::size_t> open{0};
    std::size_t found = 0;
    for (const std::string& line : between("\n" + text, "\n", "\n")) {
      const std::size_t tabs = line.find_first_not_of('\t');
      if (tabs == std::string::npos || line.compare(tabs, 9, "subgraph ") != 0) continue;
      open.resize(tabs);
      found = std::max(found, ++open.back());
      open.push_back(0);
    }
    return found;
  };
  BOOST_TEST(most(drawn(32)) == 32u);
  BOOST_TEST(count(drawn(32), "subgraph part_") == 0u);
  for (const int scopes : {33, 1024, 1100}) {
    const std::string text = drawn(scopes);
    BOOST_TEST(most(text) == 32u);
    BOOST_TEST(count(text, "subgraph cluster_") == static_cast<std::size_t>(scopes));
    BOOST_TEST(box_count(text) == static_cast<std::size_t>(scopes) + 1);
  }
}

BOOST_AUTO_TEST_CASE(no_two_objects_have_the_same_id) {
  for (const Graph& graph :
       {network({16, 54, 40, 8, 1}), double_backward(), recurrence(200), chain(50)}) {
    const std::string text = to_dot(graph);
    std::set<std::string> ids;
    std::size_t objects = 0;
    const auto add = [&](const std::string& id) {
      ids.insert(id);
      ++objects;
    };
    for (const std::string& line : between("\n" + text, "\n", "\t[")) {
      const std::string id = line.substr(line.find_last_of("\n\t") + 1);
      if (id.find(' ') == std::string::npos && id != "graph" && id != "node" && id != "edge")
        add(id);
    }
    for (const std::string& id : between(text, "subgraph ", " {")) add(id);
    BOOST_TEST(objects >= box_count(text));
    BOOST_TEST(ids.size() == objects);
  }
}

BOOST_AUTO_TEST_CASE(a_box_has_only_what_differs_from_the_others) {
  const std::string text = to_dot(chain(50), {.legend = false, .max_edge_labels = 0});
  for (const char* key : {"id=", "shape=", "fixedsize=", "margin=", "fontcolor=", "arrowsize="})
    BOOST_TEST(count(text, std::string("\t") + key) <= 2u, key);
  BOOST_TEST(text.find("id=\"\\N\"") != std::string::npos);
  for (const char* key : {"arrowhead", "gradientangle"})
    BOOST_TEST(text.find(key) == std::string::npos, key);
}

BOOST_AUTO_TEST_CASE(a_gradient_has_a_lane_with_a_title) {
  const std::string text = to_dot(double_backward());
  const std::size_t above = text.find("subgraph cluster_level_1"),
                    below = text.find("subgraph cluster_level_2");
  BOOST_TEST(above < below);
  BOOST_TEST(below != std::string::npos);
  const std::size_t penalty = text.find("v6\t[");
  BOOST_TEST(penalty > below);
  BOOST_TEST(text.find(">computation<BR") != std::string::npos);
  BOOST_TEST(text.find(">its gradient<BR") != std::string::npos);
  BOOST_TEST(to_dot(neuron()).find("cluster_level") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_dotted_line_leads_from_a_box_to_its_gradient) {
  Graph graph = double_backward();
  const std::string text = to_dot(graph);
  for (const char* line : {"v2 -> v4\t[", "v0 -> v5\t["}) {
    const std::size_t at = text.find(line);
    BOOST_REQUIRE(at != std::string::npos);
    const std::string attributes = text.substr(at, text.find(']', at) - at);
    for (const char* attribute : {"style=dotted", "arrowhead=none", "constraint=false"})
      BOOST_TEST(attributes.find(attribute) != std::string::npos, attribute);
  }
  BOOST_TEST(text.find("gradient of x\"") != std::string::npos);
  BOOST_TEST(text.find("dotted lines: from each box to its gradient") != std::string::npos);
  graph.adjoints.clear();
  BOOST_TEST(to_dot(graph).find("dotted") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(equal_siblings_have_a_bar_each) {
  Builder build;
  std::uint32_t x = build.leaf("x", 0.5);
  for (int i = 0; i < 30; ++i) x = build.op("tanh", 0.5, {{x, 0.11}});
  Graph graph = build.finish();
  const PictureOptions options{.view = {.max_nodes = 20}};
  const std::string text = to_dot(graph, options);
  // 26 of them: 0.11^27 ... 0.11^2; 0.11 is nearly two steps of half a decade.
  std::string bars;
  for (int i = 0; i < 21; ++i) bars += "\xC2\xB7";
  for (const char bar : {'\x81', '\x83', '\x85', '\x87', '\x88'})
    bars += std::string("\xE2\x96") + bar;
  BOOST_TEST(text.find(bars) != std::string::npos, text);
  BOOST_TEST(text.find("min    |grad| ") != std::string::npos);
  BOOST_TEST(text.find("bars: the median |grad| of each one") != std::string::npos);
  BOOST_TEST(to_dot(graph).find("bars:") == std::string::npos);
  BOOST_TEST(to_dot(graph, {.view = options.view, .labels = Labels::minimal}).find("bars:") ==
             std::string::npos);
  BOOST_TEST(to_dot(graph, {.view = options.view, .values = false}).find(bars) ==
             std::string::npos);
  graph.nodes[20].gradient = std::numeric_limits<double>::quiet_NaN();
  BOOST_TEST(to_dot(graph, options).find("\xC2\xB7!\xC2\xB7") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(values_can_be_left_out) {
  const std::string text = to_dot(neuron(), {.values = false});
  BOOST_TEST(text.find("value") == std::string::npos);
  BOOST_TEST(text.find("1.41421") == std::string::npos);
  BOOST_TEST(text.find("\xC3\x97") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_values_no_number_and_no_nan_is_told) {
  Builder build;
  const std::uint32_t x = build.leaf("x", 3.0), y = build.leaf("", 2.125, Role::constant);
  build.op("div", std::nan(""), {{x, 6.0}, {y, 0.0}});
  const Graph graph = build.finish();
  BOOST_TEST(to_dot(graph).find("first NaN") != std::string::npos);
  for (const bool fold : {false, true}) {
    const std::string text = to_dot(graph, {.view = {.fold_constants = fold}, .values = false});
    for (const char* told : {"2.125", "NaN", "nan"})
      BOOST_TEST(text.find(told) == std::string::npos, told << " in " << text);
  }
}

BOOST_AUTO_TEST_CASE(the_line_about_nan_is_of_one_line) {
  Builder build;
  std::vector<std::pair<std::uint32_t, double>> operands;
  for (int i = 0; i < 600; ++i)
    operands.emplace_back(build.leaf("a_long_name_of_a_number_" + std::to_string(i), 1.0), 1.0);
  build.op("sum", std::nan(""), operands);
  const std::string text = to_dot(build.finish());
  const std::size_t begin = text.find("first NaN or inf");
  BOOST_TEST_REQUIRE(begin != std::string::npos);
  BOOST_TEST(text.find("<BR", begin) - begin < 400u);
}

BOOST_AUTO_TEST_CASE(an_edge_never_leads_down_a_level) {
  Graph graph = double_backward();
  graph.nodes[0].level = 3;
  BOOST_CHECK_EXCEPTION(static_cast<void>(to_dot(graph)), GraphError, [](const GraphError& error) {
    return std::string(error.what()).find("leads from level 3 to level 1") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(a_number_that_only_one_op_uses_stands_in_the_label_of_that_op) {
  Builder build;
  const std::uint32_t x = build.leaf("x", 3.0);
  const std::uint32_t two = build.leaf("", 2.0, Role::constant);
  build.op("pow", 9.0, {{x, 6.0}, {two, 0.0}});
  const Graph graph = build.finish();
  const std::string folded = to_dot(graph),
                    open = to_dot(graph, {.view = {.fold_constants = false}});
  BOOST_TEST(folded.find("pow(_, 2)") != std::string::npos);
  BOOST_TEST(box_count(folded) == 2u);
  BOOST_TEST(box_count(open) == 3u);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_not_finite_is_marked_by_text_and_border) {
  Builder build;
  const std::uint32_t x = build.leaf("x", 0.0);
  build.op("log", -std::numeric_limits<double>::infinity(), {{x, 1.0}});
  const std::string text = to_dot(build.finish());
  BOOST_TEST(text.find("NaN or inf begins here!") != std::string::npos);
  BOOST_TEST(text.find("first NaN or inf: the value of L = log(x)") != std::string::npos);
  BOOST_TEST(statement(text, "v1\t").find("peripheries=2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_frame_tells_where_it_was_opened) {
  Builder build;
  const std::uint32_t x = build.leaf("x", 0.0);
  build.enter("layer");
  build.graph.scopes.back().place = "<train>.cpp:88";
  const std::uint32_t y = build.op("log", -std::numeric_limits<double>::infinity(), {{x, 1.0}});
  build.leave();
  build.op("neg", std::numeric_limits<double>::infinity(), {{y, -1.0}});
  const Graph graph = build.finish();
  const std::string text = to_dot(graph), svg = to_svg(graph);
  BOOST_TEST(text.find("tooltip=\"layer\nopened at <train>.cpp:88\"") != std::string::npos, text);
  BOOST_TEST(text.find("value of t1 = log(x), in a scope of &lt;train&gt;.cpp:88") !=
             std::string::npos);
  BOOST_TEST(svg.find("<title>layer\nopened at &lt;train&gt;.cpp:88</title></rect>") !=
             std::string::npos);
  BOOST_TEST((from_json(to_json(graph)) == graph));
}

BOOST_AUTO_TEST_CASE(an_arrow_between_tensors_tells_what_the_sweep_reads) {
  Graph graph = tensor_network();
  const std::string before = to_dot(graph);
  std::ranges::find_if(graph.edges, [](const GraphEdge& edge) {
    return edge.has_contribution;
  })->is_saved = true;
  BOOST_TEST(count(before, "the sweep reads its elements") == 0u);
  BOOST_TEST(count(to_dot(graph), "\nthe sweep reads its elements\"") == 1u);
  BOOST_TEST((from_json(to_json(graph)) == graph));
}

BOOST_AUTO_TEST_CASE(a_node_with_a_remark_is_marked_by_text_and_border) {
  Builder build;
  const std::uint32_t x = build.leaf("x", 0.0);
  build.op("exp", 1.0, {{x, 1.0}});
  Graph graph = build.finish();
  const std::string plain = to_dot(graph);
  graph.nodes[graph.root].notes.edit().remark = "fail, \"operand\" 0";
  const std::string text = to_dot(graph);
  BOOST_TEST(text.find("! fail, \\\"operand\\\" 0") != std::string::npos, text);
  BOOST_TEST(text.find("penwidth=3") != std::string::npos);
  BOOST_TEST(plain.find("penwidth=3") == std::string::npos);
  BOOST_TEST((from_json(to_json(graph)) == graph));
  BOOST_TEST(explain(graph).find("! fail, \"operand\" 0") != std::string::npos, explain(graph));
  BOOST_TEST(summary(graph).find("made by exp: fail, \"operand\" 0") != std::string::npos,
             summary(graph));
}

BOOST_AUTO_TEST_CASE(a_tensor_without_a_finite_element_has_no_mean) {
  const auto drawn = [](std::int64_t count, std::int64_t nans, std::int64_t infinities) {
    Builder build;
    GraphNode& tensor = build.graph.nodes[build.leaf("x", 1.0)];
    tensor.is_scalar = false;
    tensor.tensor.edit().shape = std::vector{count};
    tensor.tensor.edit().value = Stats{.count = count, .nans = nans, .infinities = infinities};
    tensor.has_gradient = true;
    tensor.tensor.edit().gradient = tensor.tensor->value;
    return to_dot(build.graph);
  };
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  for (const std::string& text : {drawn(0, 0, 0), drawn(5, 5, 0), drawn(5, 2, 3)}) {
    BOOST_TEST(!has(text, "mean"), text);
    BOOST_TEST(!has(text, "|grad| 0"), text);
  }
  BOOST_TEST(has(drawn(0, 0, 0), "empty"));
  BOOST_TEST(has(drawn(5, 5, 0), "value all NaN"));
  BOOST_TEST(has(drawn(5, 5, 0), "grad  all NaN"));
  BOOST_TEST(has(drawn(5, 0, 5), "value all infinite"));
  BOOST_TEST(has(drawn(5, 2, 3), "value 2 NaN, 3 inf"));
  BOOST_TEST(has(drawn(5, 2, 0), "mean"));
}

BOOST_AUTO_TEST_CASE(the_lines_of_a_heading_begin_together) {
  const std::string text = to_dot(neuron(), {.title = "one \\n\ntwo"});
  BOOST_TEST(text.find(">one \\n<BR ALIGN=\"LEFT\"/>two<BR ALIGN=\"LEFT\"/><") != std::string::npos,
             text);
}

BOOST_AUTO_TEST_CASE(minus_zero_is_written_as_zero) {
  Builder build;
  const std::uint32_t x = build.leaf("x", -0.0);
  build.op("neg", 0.0, {{x, -0.0}});
  BOOST_TEST(to_dot(build.finish()).find("-0") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(text_is_readable_on_every_shade_of_every_theme) {
  constexpr double kReadable = 4.5;  // WCAG 2.1, level AA
  for (const Theme theme : {Theme::light, Theme::dark, Theme::print}) {
    const std::string text = to_dot(all_decades(), {.theme = theme});
    const std::string letters = between(text, "fontcolor=\"", "\"").at(0);
    std::set<std::string> shades;
    for (const std::string& fill : between(text, "fillcolor=\"", "\"")) {
      if (fill.size() != letters.size()) continue;  // a gradient of the legend
      shades.insert(fill);
      BOOST_TEST(contrast(letters, fill) >= kReadable);
    }
    BOOST_TEST(shades.size() >= 10u);
  }
}

BOOST_AUTO_TEST_CASE(the_same_graph_gives_the_same_bytes) {
  const std::string first = to_dot(network({4, 16, 16, 1}));
  for (int run = 0; run < 20; ++run) BOOST_TEST((to_dot(network({4, 16, 16, 1})) == first));
}

BOOST_AUTO_TEST_CASE(an_inconsistent_graph_is_refused) {
  Graph graph = neuron();
  graph.edges.back().from = 99;
  BOOST_CHECK_EXCEPTION((void)to_dot(graph), GraphError, [](const GraphError& error) {
    return std::string(error.what()).find("does not lead forward") != std::string::npos;
  });
  BOOST_CHECK_THROW((void)to_dot(Graph{}), GraphError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
