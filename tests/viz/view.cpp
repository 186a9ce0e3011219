// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/viz/view.hpp>

#include "viz/graphs.hpp"

namespace nabla::viz::test {
namespace {

const Box* find_group(const View& view, const std::string& title) {
  for (const Box& box : view.boxes) {
    if (box.kind == Box::Kind::group && box.title == title) return &box;
  }
  return nullptr;
}

std::size_t sum_of_nodes(const View& view) {
  std::size_t sum = 0;
  for (const Box& box : view.boxes) sum += box.nodes;
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(view)

BOOST_AUTO_TEST_CASE(a_small_graph_is_shown_node_by_node) {
  const Graph graph = neuron();
  const View view = make_view(graph);
  BOOST_TEST(view.boxes.size() == graph.nodes.size());
  BOOST_TEST(view.arrows.size() == graph.edges.size());
  BOOST_TEST(view.shown_nodes == view.total_nodes);
  BOOST_TEST(view.frames.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_network_above_the_budget_shows_its_layers_as_repeated_neurons) {
  const Graph graph = network({4, 16, 16, 1});
  const View view = make_view(graph);
  const Box* neurons = find_group(view, "neuron");
  BOOST_REQUIRE(neurons != nullptr);
  BOOST_TEST(neurons->repeat == 16u);
  BOOST_TEST(neurons->nodes == 16u * 14u);  // b, 4 weights, 4 products, 4 sums, tanh
  BOOST_TEST(neurons->parameters == 16u * 5u);
  BOOST_TEST(neurons->has_gradient);
  BOOST_TEST(neurons->median_gradient <= neurons->max_gradient);
  BOOST_TEST(view.boxes.size() <= 400u);
  BOOST_TEST(sum_of_nodes(view) == graph.nodes.size());
}

BOOST_AUTO_TEST_CASE(arrows_between_groups_are_one_that_counts_its_edges) {
  const View view = make_view(network({4, 16, 16, 1}));
  std::size_t largest = 0;
  for (const Arrow& arrow : view.arrows) {
    largest = std::max(largest, arrow.edges);
    const auto twins = std::count_if(view.arrows.begin(), view.arrows.end(), [&](const Arrow& a) {
      return a.from == arrow.from && a.to == arrow.to;
    });
    BOOST_TEST(twins == 1);
  }
  BOOST_TEST(largest == 16u * 16u);
}

BOOST_AUTO_TEST_CASE(depth_zero_shows_top_scopes_as_boxes) {
  const View view = make_view(network({2, 2, 1}), {.depth = 0});
  BOOST_TEST(view.frames.empty());
  BOOST_TEST(find_group(view, "layer1") != nullptr);
  BOOST_TEST(find_group(view, "layer2") != nullptr);
}

BOOST_AUTO_TEST_CASE(the_root_is_always_a_box_of_its_own) {
  for (const std::size_t budget : {2u, 5u, 20u, 100u}) {
    const Graph graph = network({4, 8, 8, 2});
    const View view = make_view(graph, {.max_nodes = budget});
    const Box& last = view.boxes.back();
    BOOST_TEST(last.node == graph.root);
    BOOST_TEST((last.kind == Box::Kind::node));
    BOOST_TEST(view.boxes.size() <= budget);
    BOOST_TEST(sum_of_nodes(view) == graph.nodes.size());
  }
}

BOOST_AUTO_TEST_CASE(without_scopes_the_neighbourhood_of_the_root_is_shown) {
  const Graph graph = network({4, 16, 16, 1}, false);
  const View view = make_view(graph, {.max_nodes = 50});
  const auto hidden = std::find_if(view.boxes.begin(), view.boxes.end(),
                                   [](const Box& box) { return box.kind == Box::Kind::hidden; });
  BOOST_REQUIRE((hidden != view.boxes.end()));
  BOOST_TEST(view.boxes.size() <= 50u);
  BOOST_TEST(sum_of_nodes(view) == graph.nodes.size());
  const auto single = std::ranges::count(view.boxes, Box::Kind::node, &Box::kind);
  BOOST_TEST(view.shown_nodes == static_cast<std::size_t>(single));
}

BOOST_AUTO_TEST_CASE(a_long_chain_is_cut_to_what_a_screen_holds) {
  const View view = make_view(chain(100000));
  BOOST_TEST(view.boxes.size() < 100u);
  BOOST_TEST(view.total_nodes == 100001u);
}

BOOST_AUTO_TEST_CASE(weights_stand_in_the_scope_that_uses_them_and_data_outside) {
  Builder build;
  const std::uint32_t w = build.leaf("w", 2.0, Role::parameter), v = build.leaf("v", 2.0);
  const std::uint32_t x = build.leaf("x", 3.0);
  build.enter("layer");
  const std::uint32_t layer = build.scope;
  build.enter("first");
  const std::uint32_t a = build.op("mul", 6.0, {{v, 3.0}, {x, 2.0}});
  const std::uint32_t first = build.scope;
  build.leave();
  build.enter("second");
  const std::uint32_t b = build.op("fma", 6.0, {{w, 3.0}, {x, 2.0}, {a, 1.0}});
  build.leave();
  build.op("mul", 12.0, {{b, 2.0}, {w, 6.0}});
  const View view = make_view(build.finish());
  BOOST_TEST(view.boxes[w].scope == layer);
  BOOST_TEST(view.boxes[v].scope == first);
  BOOST_TEST(view.boxes[x].scope == 0u);
}

BOOST_AUTO_TEST_CASE(many_inputs_with_the_same_users_become_one_box) {
  const View view = make_view(network({300, 4, 2}), {.max_nodes = 30});
  const Box* inputs = find_group(view, "x");
  BOOST_REQUIRE(inputs != nullptr);
  BOOST_TEST(inputs->repeat == 300u);
}

BOOST_AUTO_TEST_CASE(a_collapsed_layer_is_not_dwarfed_by_its_inputs) {
  const View few = make_view(network({4, 3, 2}), {.depth = 1});
  const View many = make_view(network({64, 3, 2}), {.depth = 1});
  BOOST_TEST(find_group(few, "x") == nullptr);
  BOOST_REQUIRE(find_group(many, "x") != nullptr);
  BOOST_TEST(find_group(many, "x")->repeat == 64u);
}

BOOST_AUTO_TEST_CASE(scopes_nested_without_end_become_a_few_frames) {
  Builder build;
  std::uint32_t x = build.leaf("x", 0.0);
  for (int i = 0; i < 20000; ++i) {
    build.enter("deeper");
    if (i % 1000 == 0) x = build.op("sin", 0.0, {{x, 1.0}});
  }
  const View view = make_view(build.finish());
  BOOST_TEST(view.frames.size() <= 8u);
  BOOST_TEST(view.boxes.size() == 21u);
}

BOOST_AUTO_TEST_CASE(the_work_of_layout_is_bounded_too) {
  // Every node uses all before it: 150 boxes fit the budget of boxes, their arrows do not.
  Builder build;
  std::vector<std::pair<std::uint32_t, double>> all;
  for (int i = 0; i < 150; ++i) {
    all.emplace_back(all.empty() ? build.leaf("x", 1.0) : build.op("sum", 1.0, all), 1.0);
  }
  const Graph graph = build.finish();
  BOOST_TEST(layout_cost(make_view(graph, {.max_cost = 0})) > 4000u);
  BOOST_TEST(layout_cost(make_view(graph)) <= 4000u);
}

BOOST_AUTO_TEST_CASE(a_budget_of_zero_shows_everything) {
  const Graph graph = network({4, 16, 16, 1});
  const View view = make_view(graph, {.max_nodes = 0, .max_cost = 0});
  BOOST_TEST(view.boxes.size() == graph.nodes.size());
}

BOOST_AUTO_TEST_CASE(scopes_open_and_close_on_request) {
  const Graph graph = network({4, 16, 16, 1});
  const View opened = make_view(graph, {.expand = {"layer1/neuron3"}});
  const auto stands_in = [&](const Box& box, const std::string& scope) {
    return box.kind == Box::Kind::node && graph.scopes[box.scope].name == scope;
  };
  const auto shown = std::ranges::count_if(
      opened.boxes, [&](const Box& box) { return stands_in(box, "neuron3"); });
  BOOST_TEST(shown == 14);
  BOOST_TEST(find_group(opened, "neuron")->repeat >= 15u);
  const View closed = make_view(graph, {.max_nodes = 0, .max_cost = 0, .collapse = {"layer2"}});
  BOOST_TEST(find_group(closed, "layer2") != nullptr);
  BOOST_TEST(find_group(closed, "layer1") == nullptr);
  BOOST_TEST(closed.shown_nodes < closed.total_nodes);
  BOOST_CHECK_EXCEPTION(static_cast<void>(make_view(graph, {.collapse = {"layer9"}})), FormatError,
                        [](const FormatError& error) {
                          return std::string(error.what()).find("no scope of the graph") !=
                                 std::string::npos;
                        });
}

BOOST_AUTO_TEST_CASE(a_focus_shows_what_is_near) {
  const Graph graph = neuron();
  const auto names = [&](const ViewOptions& options) {
    std::vector<std::string> list;
    for (const Box& box : make_view(graph, options).boxes)
      list.push_back(graph.nodes[box.node].name.empty() ? graph.nodes[box.node].op
                                                        : graph.nodes[box.node].name);
    return list;
  };
  const std::vector<std::string> near = names({.focus = "w1", .hops = 1});
  BOOST_TEST(near.size() == 2u);  // w1 and its product
  BOOST_TEST(names({.focus = "w1", .hops = 0}).size() == 1u);
  BOOST_TEST(names({.focus = "w?", .hops = 0}).size() == 2u);
  const std::vector<std::string> path = names({.path_from = "x1", .path_to = "tanh"});
  BOOST_TEST(std::ranges::count(path, "x1") == 1);
  BOOST_TEST(std::ranges::count(path, "x2") == 0);
  BOOST_TEST(names({.top_gradients = 3}).size() == 4u);  // and the root
  BOOST_TEST(make_view(graph, {.focus = "w1", .hops = 1}).shown_nodes == 2u);
  for (const ViewOptions& bad : {ViewOptions{.focus = "nobody"}, ViewOptions{.path_from = "x1"},
                                 ViewOptions{.path_from = "tanh", .path_to = "x1"}})
    BOOST_CHECK_THROW(static_cast<void>(make_view(graph, bad)), FormatError);
}

BOOST_AUTO_TEST_CASE(what_no_gradient_reached_is_left_out_on_request) {
  Graph graph = neuron();
  graph.nodes[0].has_gradient = false;
  const View view = make_view(graph, {.only_gradients = true});
  BOOST_TEST(std::ranges::none_of(view.boxes, [](const Box& box) { return box.node == 0; }));
}

BOOST_AUTO_TEST_CASE(without_scopes_sums_of_products_are_one_box) {
  const Graph graph = network({8, 20, 20, 1}, false);
  const View view = make_view(graph);
  std::size_t small = 0, large = 0;
  for (const Box& box : view.boxes) {
    small += box.title == "dot[8]" ? 1U : 0U;
    large += box.title == "dot[20]" ? 1U : 0U;
  }
  BOOST_TEST(small == 20u);
  BOOST_TEST(large == 20u + 1u);
  BOOST_TEST(sum_of_nodes(view) == graph.nodes.size());
  BOOST_TEST(view.boxes.size() <= 400u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
