// SPDX-License-Identifier: MIT
#include <algorithm>
#include <ranges>
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

BOOST_AUTO_TEST_CASE(where_nothing_repeats_the_neighbourhood_of_the_root_is_shown) {
  const Graph graph = tangle(1000);
  const View view = make_view(graph, {.max_nodes = 50});
  const auto hidden = std::find_if(view.boxes.begin(), view.boxes.end(),
                                   [](const Box& box) { return box.kind == Box::Kind::hidden; });
  BOOST_REQUIRE((hidden != view.boxes.end()));
  BOOST_TEST(view.boxes.size() <= 50u);
  BOOST_TEST(sum_of_nodes(view) == graph.nodes.size());
  // The rest in bands: each reaches from where the one before ends, with about as many nodes.
  std::vector<Box> bands;
  for (const Box& box : view.boxes)
    if (box.kind == Box::Kind::hidden) bands.push_back(box);
  BOOST_TEST_REQUIRE(bands.size() == 6u);
  BOOST_TEST(bands.front().title.starts_with("depth 0 to "));
  std::size_t all = 0;
  for (const Box& band : bands) all += band.nodes;
  for (const Box& band : bands) {
    BOOST_TEST(band.nodes > all / 12);
    BOOST_TEST(band.nodes < all / 3);
    BOOST_TEST(band.has_gradient);
  }
  const auto single = std::ranges::count(view.boxes, Box::Kind::node, &Box::kind);
  BOOST_TEST(view.shown_nodes == static_cast<std::size_t>(single));
}

BOOST_AUTO_TEST_CASE(a_long_chain_is_cut_to_what_a_screen_holds) {
  const View view = make_view(chain(100000));
  BOOST_TEST(view.boxes.size() < 10u);
  BOOST_TEST(view.total_nodes == 100001u);
  BOOST_TEST(sum_of_nodes(view) == 100001u);
}

BOOST_AUTO_TEST_CASE(the_steps_of_a_loop_are_one_box_between_the_first_and_the_last) {
  // x <- tanh(x w + v), v new in each step, w of all
  constexpr std::size_t kSteps = 300;
  Builder build;
  std::uint32_t x = build.leaf("x", 0.5);
  const std::uint32_t w = build.leaf("w", 0.9, Role::parameter);
  for (std::size_t i = 0; i < kSteps; ++i) {
    const std::uint32_t v = build.leaf("v" + std::to_string(i), 0.1, Role::parameter);
    const std::uint32_t product = build.op("mul", 0.4, {{x, 0.9}, {w, 0.5}});
    const std::uint32_t sum = build.op("add", 0.5, {{product, 1.0}, {v, 1.0}});
    x = build.op("tanh", 0.5, {{sum, 0.75}});
  }
  build.op("square", 0.25, {{x, 1.0}});
  const Graph graph = build.finish();
  const View view = make_view(graph);
  const Box* steps = find_group(view, "step: mul, add, tanh");
  BOOST_REQUIRE(steps != nullptr);
  BOOST_TEST(steps->repeat == kSteps - 2);
  BOOST_TEST(steps->nodes == 4 * (kSteps - 2));
  BOOST_TEST(steps->parameters == kSteps - 2);  // w stands outside
  BOOST_TEST(view.boxes.size() == 1 + 2 + 2 * 4 + 1u);
  BOOST_TEST(sum_of_nodes(view) == graph.nodes.size());
  // 0.675 a step
  BOOST_TEST_REQUIRE(steps->siblings.size() == steps->repeat);
  BOOST_TEST(std::ranges::is_sorted(steps->siblings));
  BOOST_TEST(steps->siblings[1] == steps->siblings[0] / 0.675, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(steps->min_gradient <= steps->siblings.front());
  BOOST_TEST(steps->max_gradient >= steps->siblings.back());
  for (const Arrow& arrow : view.arrows) BOOST_TEST(arrow.from < arrow.to);
}

BOOST_AUTO_TEST_CASE(a_step_begins_where_most_of_it_stays_together) {
  // tanh of a sum, for each neuron of two layers: these belong together, not what is in between
  const View view = make_view(network({4, 16, 16, 1}, false), {.max_nodes = 40});
  BOOST_TEST(find_group(view, "dot[4], tanh") != nullptr);
  BOOST_TEST(find_group(view, "dot[16], tanh") != nullptr);
}

BOOST_AUTO_TEST_CASE(steps_with_steps_inside_are_folded_too) {
  Builder build;
  std::uint32_t x = build.leaf("x", 0.5);
  for (int i = 0; i < 40; ++i) {
    for (int k = 0; k < 20; ++k) x = build.op("tanh", 0.5, {{x, 0.75}});
    x = build.op("exp", 0.5, {{x, 0.75}});
  }
  build.op("square", 0.25, {{x, 1.0}});
  const Graph graph = build.finish();
  for (const std::size_t budget : {60u, 20u}) {
    const View view = make_view(graph, {.max_nodes = budget});
    BOOST_TEST(view.boxes.size() <= budget);
    BOOST_TEST(sum_of_nodes(view) == graph.nodes.size());
    BOOST_TEST(std::ranges::count(view.boxes, 38u, &Box::repeat) == 1);  // of 40
    BOOST_TEST(std::ranges::count(view.boxes, Box::Kind::hidden, &Box::kind) == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_row_of_equal_scopes_keeps_its_ends_open) {
  Builder build;
  const std::uint32_t data = build.leaf("x", 0.5);
  std::uint32_t x = data;
  for (int i = 1; i <= 48; ++i) {
    build.enter("block" + std::to_string(i));
    const std::uint32_t w = build.leaf("w", 0.9, Role::parameter);
    const std::uint32_t h =
        build.op("tanh", 0.4, {{build.op("mul", 0.4, {{x, 0.9}, {w, 0.5}}), 0.8}});
    x = build.op("add", 0.9, {{x, 1.0}, {h, 1.0}});
    build.leave();
  }
  build.op("mul", 0.25, {{x, 1.0}, {data, 1.0}});
  const Graph graph = build.finish();
  const View view = make_view(graph, {.max_nodes = 30});
  const Box* blocks = find_group(view, "block");
  BOOST_REQUIRE(blocks != nullptr);
  BOOST_TEST(blocks->repeat == 46u);
  BOOST_TEST(blocks->siblings.size() == 46u);
  BOOST_REQUIRE(view.frames.size() == 2u);
  BOOST_TEST(graph.scopes[view.frames[0].scope].name == "block1");
  BOOST_TEST(graph.scopes[view.frames[1].scope].name == "block48");
  // Asked for, all of them are closed.
  const View closed = make_view(graph, {.max_nodes = 30, .collapse = {"block*"}});
  BOOST_REQUIRE(find_group(closed, "block") != nullptr);
  BOOST_TEST(find_group(closed, "block")->repeat == 48u);
}

BOOST_AUTO_TEST_CASE(a_gradient_stands_in_a_lane_of_its_own) {
  const Graph graph = double_backward();
  const View view = make_view(graph);
  BOOST_TEST(view.lanes == (std::vector<std::uint32_t>{1, 2}), boost::test_tools::per_element());
  for (const Box& box : view.boxes) BOOST_TEST(box.level == graph.nodes[box.node].level);
  BOOST_REQUIRE(view.frames.size() == 2u);
  BOOST_TEST(view.frames[0].level == 1u);
  BOOST_TEST(view.frames[1].level == 2u);
  // w is used in both, and stands where it belongs.
  BOOST_TEST(view.boxes[1].scope == view.frames[0].scope);
  BOOST_TEST(make_view(neuron()).lanes.empty());
}

BOOST_AUTO_TEST_CASE(boxes_are_linked_to_their_gradients) {
  const Graph graph = double_backward();
  const auto is = [](const View& view, const std::vector<std::pair<int, int>>& wanted) {
    std::vector<std::pair<int, int>> found;
    for (const auto& [node, of] : view.adjoints)
      found.emplace_back(view.boxes[node].node, view.boxes[of].node);
    BOOST_TEST((found == wanted));
  };
  is(make_view(graph), {{4, 2}, {5, 0}});
  // One line where scopes are closed; w and x stand in the first.
  const View closed = make_view(graph, {.collapse = {"net"}});
  BOOST_TEST(closed.boxes.size() < graph.nodes.size());
  is(make_view(graph, {.path_from = "x", .path_to = "y"}), {});
  for (const auto& [node, of] : closed.adjoints) BOOST_TEST(node != of);
  BOOST_TEST(!closed.adjoints.empty());
}

BOOST_AUTO_TEST_CASE(a_scope_of_two_levels_is_refused) {
  Graph graph = neuron();
  graph.nodes.back().scope = 1;
  graph.nodes.back().level = 2;
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(make_view(graph)), GraphError, [](const GraphError& error) {
        return std::string(error.what()).find("scope 1 holds nodes of levels 1 and 2") !=
               std::string::npos;
      });
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
  BOOST_TEST(layout_cost(make_view(graph, {.max_cost = 0})) > kUsualCost);
  BOOST_TEST(layout_cost(make_view(graph)) <= kUsualCost);
}

BOOST_AUTO_TEST_CASE(arrows_cost_by_the_ranks_that_they_pass) {
  const auto cost = [](const Graph& graph) {
    return layout_cost(make_view(graph, {.max_nodes = 0, .max_cost = 0}));
  };
  // Each arrow passes the number that stands on it.
  BOOST_TEST(cost(chain(100)) == 101u + 100 + 100);
  // Above so many arrows there are no numbers.
  BOOST_TEST(cost(chain(1000)) == 1001u + 1000);
  // Graphviz takes 0.5 s for 25 steps and 20 s for 40, whose arrows from a pass up to 240 ranks.
  BOOST_TEST(cost(recurrence(25)) < kUsualCost);
  BOOST_TEST(cost(recurrence(40)) > kUsualCost + kUsualCost / 2);
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
      list.push_back(graph.nodes[box.node].name.empty() ? graph.nodes[box.node].op->name
                                                        : *graph.nodes[box.node].name);
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

BOOST_AUTO_TEST_CASE(scopes_of_a_computation_and_of_its_gradient_are_no_siblings) {
  Builder build;
  std::uint32_t last = build.leaf("x", 0.5);
  for (build.level = 1; build.level <= 2; ++build.level) {
    for (int i = 0; i < 4; ++i) {
      build.enter("block" + std::to_string(i));
      for (int k = 0; k < 3; ++k) last = build.op("tanh", 0.5, {{last, 0.5}});
      build.leave();
    }
  }
  const View view = make_view(build.finish(), {.collapse = {"block*"}});
  std::vector<std::uint32_t> levels;
  for (const Box& box : view.boxes)
    if (box.repeat > 1) levels.push_back(box.level);
  BOOST_TEST(levels == (std::vector<std::uint32_t>{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
