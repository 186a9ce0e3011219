// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/viz/compare.hpp>
#include <nabla/viz/diagnose.hpp>
#include <nabla/viz/dot.hpp>
#include <nabla/viz/html.hpp>
#include <nabla/viz/svg.hpp>

#include "names.hpp"
#include "viz/graphs.hpp"

namespace nabla::viz::test {
namespace {

// loss = f_n(... f_1(x w)): unnamed steps, each of an op of its own.
Graph steps(const std::vector<std::string>& ops) {
  Builder build;
  const std::uint32_t x = build.leaf("x", 2.0), w = build.leaf("w", 3.0);
  std::uint32_t last = build.op("mul", 6.0, {{x, 3.0}, {w, 2.0}});
  for (const std::string& op : ops) last = build.op(op, 6.0, {{last, 1.0}});
  return build.finish();
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(compare_graphs)

BOOST_AUTO_TEST_CASE(a_graph_is_the_same_as_itself) {
  for (const Graph& graph : {neuron(), network({4, 5, 2}), network({4, 5, 2}, false),
                             tensor_network(), chain(1000), double_backward(), tangle(200)}) {
    const Comparison same = compare(graph, graph);
    BOOST_TEST(same.is_same());
    for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) BOOST_TEST(same.after_of[i] == i);
  }
}

BOOST_AUTO_TEST_CASE(not_a_number_is_the_same_as_not_a_number) {
  Graph graph = neuron();
  graph.nodes[2].value = std::nan("");
  BOOST_TEST(compare(graph, graph).is_same());
  const Comparison other = compare(neuron(), graph);
  BOOST_REQUIRE(other.changes.size() == 1U);
  BOOST_TEST(other.changes[0].after == 2U);
  BOOST_TEST(other.changes[0].value.relative == INFINITY);
  BOOST_TEST(!other.changes[0].gradient.differs);
}

BOOST_AUTO_TEST_CASE(an_inserted_step_is_the_only_one_added) {
  const Graph before = steps({"exp", "tanh", "sin"});
  const Graph after = steps({"exp", "relu", "tanh", "sin"});
  const Comparison found = compare(before, after);
  BOOST_TEST(found.added() == 1U);
  BOOST_TEST(found.removed() == 0U);
  BOOST_TEST(found.before_of[4] == kNoPartner);
  BOOST_TEST(found.before_of[5] == 4U);
  BOOST_TEST(found.before_of[6] == 5U);
  // What used the operand of the new step has another operand now, and nothing else changed.
  BOOST_REQUIRE(found.changes.size() == 1U);
  BOOST_TEST(found.changes[0].after == 5U);
  BOOST_TEST(found.changes[0].structure == "operands");
}

BOOST_AUTO_TEST_CASE(a_removed_step_is_the_only_one_removed) {
  const Comparison found =
      compare(steps({"exp", "relu", "tanh", "sin"}), steps({"exp", "tanh", "sin"}));
  BOOST_TEST(found.removed() == 1U);
  BOOST_TEST(found.added() == 0U);
  BOOST_TEST(found.after_of[4] == kNoPartner);
}

BOOST_AUTO_TEST_CASE(what_lies_between_two_insertions_finds_its_partner) {
  const Comparison found = compare(steps({"exp", "tanh", "sin", "log"}),
                                   steps({"exp", "relu", "tanh", "sin", "sqrt", "log"}));
  BOOST_TEST(found.added() == 2U);
  BOOST_TEST(found.removed() == 0U);
  BOOST_TEST(found.before_of[5] == 4U);
  BOOST_TEST(found.before_of[6] == 5U);
}

BOOST_AUTO_TEST_CASE(another_op_is_one_removed_and_one_added) {
  const Comparison found = compare(steps({"exp", "tanh", "sin"}), steps({"exp", "relu", "sin"}));
  BOOST_TEST(found.removed() == 1U);
  BOOST_TEST(found.added() == 1U);
}

BOOST_AUTO_TEST_CASE(a_renamed_leaf_stays_what_it_was) {
  Graph after = neuron();
  after.nodes[1].name = "another name";
  const Comparison found = compare(neuron(), after);
  BOOST_TEST(found.added() + found.removed() == 0U);
  BOOST_REQUIRE(found.changes.size() == 1U);
  BOOST_TEST(found.changes[0].structure == "name");
  BOOST_TEST(found.after_of[1] == 1U);
  const std::string text = comparison_text(neuron(), after, found);
  BOOST_TEST(count(text, "~ another name") == 1U);
}

BOOST_AUTO_TEST_CASE(computed_in_another_order_is_the_same) {
  const auto difference = [](bool exp_first) {
    Builder build;
    const std::uint32_t x = build.leaf("x", 2.0);
    const auto add_exp = [&] { return build.op("exp", 8.0, {{x, 1.0}}); };
    const auto add_sin = [&] { return build.op("sin", 9.0, {{x, 1.0}}); };
    std::uint32_t a = 0, b = 0;
    if (exp_first) b = add_exp();
    a = add_sin();
    if (!exp_first) b = add_exp();
    build.op("sub", 1.0, {{a, 1.0}, {b, -1.0}});
    return build.finish();
  };
  const Comparison found = compare(difference(true), difference(false));
  BOOST_TEST(found.is_same());
  BOOST_TEST(found.after_of == (std::vector<std::uint32_t>{0, 2, 1, 3}));
}

BOOST_AUTO_TEST_CASE(a_removed_neuron_leaves_the_others_their_partners) {
  const Graph before = network({3, 4, 1}), after = network({3, 3, 1});
  const Comparison found = compare(before, after);
  BOOST_TEST(found.added() == 0U);
  BOOST_TEST(found.removed() == before.nodes.size() - after.nodes.size());
}

BOOST_AUTO_TEST_CASE(tolerances_are_relative_or_in_ulps) {
  Graph after = neuron();
  double& value = after.nodes[0].value;
  value = 2.0;
  Graph before = after;
  value = 2.0 + 4 * std::numeric_limits<double>::epsilon();  // 2 ulps of numbers from 2 to 4
  BOOST_TEST(!compare(before, after).is_same());
  BOOST_TEST(!compare(before, after, {.ulps = 1}).is_same());
  BOOST_TEST(compare(before, after, {.ulps = 2}).is_same());
  BOOST_TEST(compare(before, after, {.relative = 1e-15}).is_same());
  value = -0.0;
  before.nodes[0].value = 0.0;
  BOOST_TEST(compare(before, after).is_same());
  value = 5e-324;
  before.nodes[0].value = -5e-324;
  BOOST_TEST(!compare(before, after, {.ulps = 1}).is_same());
  BOOST_TEST(compare(before, after, {.ulps = 2}).is_same());
  value = std::numeric_limits<double>::max();
  before.nodes[0].value = -value;
  BOOST_TEST(compare(before, after).changes.at(0).value.relative == 2.0);
  BOOST_CHECK_THROW((void)compare(before, after, {.relative = -1.0}), DomainError);
  BOOST_CHECK_THROW((void)compare(before, after, {.relative = std::nan("")}), DomainError);
  BOOST_CHECK_THROW((void)compare(before, after, {.ulps = -1}), DomainError);
}

BOOST_AUTO_TEST_CASE(gradients_of_tensors_differ_by_their_statistics) {
  Graph after = tensor_network();
  GraphNode& node = after.nodes[1];
  Stats stats = node.tensor->gradient;
  stats.norm = 2.0 * stats.norm + 1.0;
  node.tensor.edit().gradient = stats;
  const Comparison found = compare(tensor_network(), after);
  BOOST_REQUIRE(found.changes.size() == 1U);
  BOOST_TEST(found.changes[0].gradient.differs);
  BOOST_TEST(!found.changes[0].value.differs);
  node.has_gradient = !node.has_gradient;
  BOOST_TEST(compare(tensor_network(), after).changes.at(0).gradient.relative == INFINITY);
}

BOOST_AUTO_TEST_CASE(text_and_json_tell_what_changed) {
  const Graph before = steps({"exp", "relu", "sin"});
  Graph after = steps({"exp", "sin"});
  after.nodes[0].value = 4.0;
  const Comparison found = compare(before, after);
  const std::string text = comparison_text(before, after, found);
  BOOST_TEST(count(text, "0 added, 1 removed, 2 changed, 3 the same\n") == 1U);
  BOOST_TEST(count(text, "\n- ") == 1U);
  BOOST_TEST(count(text, ": relu\n") == 1U);
  BOOST_TEST(count(text, "~ x: input; value 2 -> 4 (relative 0.5)\n") == 1U);
  const std::string json = comparison_json(before, after, found);
  BOOST_TEST(count(json, "\"same\": false") == 1U);
  BOOST_TEST(count(json, "\"value\": 0.5") == 1U);
  BOOST_TEST(comparison_text(before, before, compare(before, before)) == "the same: 6 nodes\n");
}

BOOST_AUTO_TEST_CASE(both_graphs_can_be_drawn_as_one) {
  const std::vector<Graph> graphs{neuron(),         network({2, 3, 1}),          network({3, 2, 1}),
                                  tensor_network(), double_backward(),           tangle(60),
                                  chain(20),        network({2, 3, 1}, false),   steps({"exp"}),
                                  steps({"sin"}),   steps({"exp", "exp", "sin"})};
  for (const Graph& before : graphs) {
    for (const Graph& after : graphs) {
      const Comparison found = compare(before, after);
      const JoinedGraphs both = join(before, after, found);
      BOOST_TEST(both.graph.nodes.size() == after.nodes.size() + found.removed());
      BOOST_TEST(detail::defect(both.graph) == "");
      std::size_t removed = 0, added = 0;
      for (const Mark& mark : both.marks) {
        removed += mark.change == Change::removed ? 1 : 0;
        added += mark.change == Change::added ? 1 : 0;
      }
      BOOST_TEST(removed == found.removed());
      BOOST_TEST(added == found.added());
    }
  }
}

BOOST_AUTO_TEST_CASE(marks_show_in_pictures) {
  const Graph graph = neuron();
  PictureOptions options;
  options.marks.resize(graph.nodes.size());
  const std::string same = to_svg(graph, options);
  options.marks[0] = {Change::added};
  options.marks[1] = {Change::removed};
  options.marks[2] = {Change::changed, 1e-3};
  const std::string svg = to_svg(graph, options), dot = to_dot(graph, options);
  for (const std::string part : {"+ x1", "\xE2\x88\x92 x2", "~ "}) {
    BOOST_TEST(count(svg, part) > count(same, part), part);
    BOOST_TEST(count(dot, part) > 0U, part);
  }
  options.marks.pop_back();
  BOOST_CHECK_THROW((void)to_svg(graph, options), ShapeError);
}

BOOST_AUTO_TEST_CASE(a_root_that_was_removed_is_not_unused) {
  const auto graph = [](bool with_log) {
    Builder build;
    const std::uint32_t x = build.leaf("x", 2.0);
    const std::uint32_t y = build.op("exp", 7.4, {{x, 7.4}});
    if (with_log) build.op("log", 2.0, {{y, 0.1}});
    return build.finish();
  };
  const Graph before = graph(true), after = graph(false);
  const JoinedGraphs joined = join(before, after, compare(before, after));
  const std::vector<Finding> findings = diagnose(joined.graph);
  BOOST_TEST_REQUIRE(findings.size() == 1u);
  BOOST_TEST((findings[0].trouble == Trouble::unused));
  const PictureOptions options{.marks = joined.marks};
  // And is called what it was called before, when it had no name of its own but as the root.
  BOOST_TEST(*joined.graph.nodes[findings[0].node].name == detail::display_names(before).back());
  for (const std::string& text : {to_svg(joined.graph, options), to_dot(joined.graph, options),
                                  to_html(joined.graph, options)})
    BOOST_TEST(text.find("unused") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(arrows_of_what_was_removed_are_marked_too) {
  const Graph before = steps({"exp", "sin"}), after = steps({"sin"});
  const JoinedGraphs both = join(before, after, compare(before, after));
  PictureOptions options{.marks = both.marks};
  const std::string removed_line = "stroke-dasharray=\"4 3\" stroke-width=\"2\" d=";
  const std::string svg = to_svg(both.graph, options), dot = to_dot(both.graph, options);
  BOOST_TEST(count(svg, removed_line) == 2U);  // to exp and from there
  BOOST_TEST(count(dot, "style=dashed") > 0U);
  options.marks.assign(both.marks.size(), {});
  BOOST_TEST(count(to_svg(both.graph, options), removed_line) == 0U);
  BOOST_TEST(count(to_dot(both.graph, options), "style=dashed") == 0U);
}

BOOST_AUTO_TEST_CASE(marks_say_what_changed_and_by_the_larger_change) {
  const Graph before = neuron();
  Graph after = before;
  after.nodes[0].value = 2 * before.nodes[0].value;
  after.nodes[0].gradient = before.nodes[0].gradient * (1 + 1e-3);
  const JoinedGraphs both = join(before, after, compare(before, after));
  BOOST_TEST(both.marks[0].relative == 0.5);
  BOOST_TEST(both.marks[0].text.starts_with("value "));
  BOOST_TEST(both.marks[0].text.find(" (relative 0.5); gradient ") != std::string::npos);
  BOOST_TEST(both.marks[1].text == "");
}

BOOST_AUTO_TEST_CASE(what_changed_in_structure_alone_has_a_fill) {
  const Graph graph = neuron();
  PictureOptions options;
  options.marks.resize(graph.nodes.size());
  options.marks[2] = {Change::changed, 0.0};
  const std::string plain = to_svg(graph, options);
  options.marks[2].relative = 1e-6;  // the first decade
  BOOST_TEST(to_svg(graph, options) == plain);
}

BOOST_AUTO_TEST_CASE(long_chains_are_compared_up_to_where_they_part) {
  const Graph before = chain(100'000), after = chain(100'001);
  const Comparison found = compare(before, after);
  BOOST_TEST(found.removed() == 0U);
  BOOST_TEST(found.added() == after.nodes.size() - before.nodes.size());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
