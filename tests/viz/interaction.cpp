// SPDX-License-Identifier: MIT
// What a reader does with a page: keys, clicks, sliders, in a browser.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>

#include "viz/browser.hpp"
#include "viz/graphs.hpp"

namespace nabla::viz::test {
namespace {

using Lines = std::vector<std::string>;

/// y = (3w - b)^2 + w, whose w has two parts.
Graph formula(double w) {
  Builder build;
  const std::uint32_t x = build.leaf("w", w, Role::parameter);
  const std::uint32_t b = build.leaf("b", -1.0, Role::parameter);
  const std::uint32_t three = build.leaf("three", 3.0, Role::constant);
  const std::uint32_t m = build.op("mul", 3 * w, {{x, 3.0}, {three, w}}, "m", "*");
  const std::uint32_t s = build.op("sub", 3 * w + 1.0, {{m, 1.0}, {b, -1.0}}, "s", "-");
  const double value = 3 * w + 1.0;
  const std::uint32_t y = build.op("mul", value * value, {{s, value}, {s, value}}, "y", "*");
  build.op("add", value * value + w, {{y, 1.0}, {x, 1.0}}, "L", "+");
  return build.finish();
}

/// Frames of the formula at w = 2, 1, 0, ...
Recording run(int frames) {
  Recording recording{formula(2.0), {}, {}};
  for (int i = 0; i < frames; ++i) {
    const Graph graph = formula(2.0 - i);
    RecordedFrame frame;
    frame.step = 10 * i;
    frame.loss = graph.nodes[graph.root].value;
    for (const GraphNode& node : graph.nodes) {
      frame.values.push_back(static_cast<float>(node.value));
      frame.gradients.push_back(static_cast<float>(node.gradient));
    }
    recording.frames.push_back(frame);
  }
  return recording;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(interaction, *boost::unit_test::precondition(has_browser))

BOOST_AUTO_TEST_CASE(the_card_of_the_player_lies_on_the_canvas_that_has_the_focus) {
  const Lines told = lived(to_html(neuron()), R"(
    await key("n");
    const layer = (id) => Number(getComputedStyle(by(id)).zIndex) || 0;
    tell(canvas.matches(":focus-visible"));
    tell(layer("step") > layer("canvas") && layer("legend") > layer("canvas"));)");
  BOOST_TEST(told == (Lines{"true", "true"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(keys_lead_through_the_steps) {
  const Lines told = lived(to_html(neuron()), R"(
    await key("n"); tell(read("phase"));
    await key("n"); tell(read("phase"));
    await key("b"); tell(read("phase"));
    await key("j"); tell(read("product"));
    await key("End"); tell(read("product"));
    await key("Home"); tell(read("phase"));
    await key("Escape"); tell(by("step").hidden);
    await press("next"); tell(read("phase"));
    await slide("position", 3); tell(read("phase"));)");
  const Lines expected{"Start \u00b7 step 0 of 19",
                       "Forward \u00b7 step 1 of 19",
                       "Start \u00b7 step 0 of 19",
                       "dL/dL = 1",
                       "Done",
                       "Start \u00b7 step 0 of 19",
                       "true",
                       "Start \u00b7 step 0 of 19",
                       "Forward \u00b7 step 3 of 19"};
  BOOST_TEST(told == expected, boost::test_tools::per_element());
}

/// The formula at w = 2, beside gradients what finite differences say: of w as it is, of b off.
Graph checked_formula() {
  Graph graph = formula(2.0);
  for (GraphNode& node : graph.nodes) {
    if (node.name == "w")
      node.notes.edit().difference = FiniteDifference{node.gradient + 1e-9, 2e-9, 0, 0, "pass"};
    if (node.name == "b") node.notes.edit().difference = FiniteDifference{28.0, 3e-9, 0, 0, "fail"};
    if (node.name == "s")
      node.notes.edit().difference = FiniteDifference{0, 0, -14.0, 14.0, "kink accepted"};
  }
  return graph;
}

BOOST_AUTO_TEST_CASE(finite_differences_stand_beside_the_gradients) {
  const Lines told = lived(to_html(checked_formula()), R"(
    await visit("node=w"); tell(read("about")); await visit("node=m"); tell(read("about"));
    await visit("node=s"); tell(read("about")); await visit("node=three"); tell(read("about"));
    await key("End"); tell(read("column")); await key("b"); tell(read("check")); tell(read("column"));)");
  BOOST_REQUIRE(told.size() == 7U);
  BOOST_TEST(
      contains(told[0], "gradient +43 difference +43 \u00b1 2e\u22129, apart 1e\u22129: pass "));
  BOOST_TEST(contains(told[1], "gradient +14 difference not recorded, "));
  BOOST_TEST(contains(told[2], "difference \u221214 left, +14 right, kink accepted "));
  BOOST_TEST(!contains(told[3], "difference"));
  BOOST_TEST(told[4] ==
             "gradient finite difference dL/dw +43 +43 \u00b1 2e\u22129 apart 1e\u22129: pass "
             "dL/db \u221214 +28 \u00b1 3e\u22129 apart 42: fail");
  BOOST_TEST(told[5] == "finite difference +43 \u00b1 2e\u22129, apart 1e\u22129: pass");
  BOOST_TEST(told[6] == "");
}

BOOST_AUTO_TEST_CASE(a_gradient_without_a_finite_difference_tells_how_to_have_one) {
  const Lines some = lived(to_html(checked_formula()), R"(
    await visit("node=m"); tell(read("about"));
    await visit("node=none"); const tips = boxes().map(({ text }) => text);
    tell(tips.find((text) => text.startsWith("m "))); tell(tips.find((text) => text.startsWith("b ")));)");
  BOOST_REQUIRE(some.size() == 3U);
  const std::string why =
      "difference not recorded, the graph is too large for all: "
      "check::add_differences takes more numbers";
  BOOST_TEST(contains(some[0], why), some[0]);
  BOOST_TEST(contains(some[1], why), some[1]);
  BOOST_TEST(contains(some[2], "difference +28 \u00b1 3e\u22129, apart 42: fail"), some[2]);
  const Lines none = lived(to_html(formula(2.0)), R"(
    await visit("node=m"); tell(read("about"));
    await visit("node=none"); tell(boxes().some(({ text }) => text.includes("difference")));)");
  BOOST_REQUIRE(none.size() == 2U);
  BOOST_TEST(contains(none[0],
                      "difference not recorded, check::add_differences computes it, "
                      "of Values alone or Tensors alone"),
             none[0]);
  BOOST_TEST(none[1] == "false");
}

BOOST_AUTO_TEST_CASE(what_no_item_has_cannot_be_chosen_as_colour) {
  const Lines told = lived(to_html(formula(2.0)), R"(
    tell([...by("color").options].filter((option) => option.disabled).map((option) => option.value));)");
  BOOST_TEST(told == Lines{"time,bytes"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_finite_difference_waits_for_the_whole_gradient) {
  const Lines told = lived(to_html(checked_formula()), R"(
    await visit("node=w"); await key("j"); tell(read("about"));
    await key("n"); await key("n"); tell(read("about")); tell(by("check").hidden);
    await key("End"); await key("b"); await key("b"); await key("p"); await key("n");
    tell(read("numbers").endsWith("?")); tell(by("check").hidden); tell(read("about"));
    await key("n"); tell(by("check").hidden);)");
  BOOST_REQUIRE(told.size() == 7U);
  for (const std::size_t place : {0U, 1U, 5U}) BOOST_TEST(!contains(told[place], "difference"));
  BOOST_TEST(contains(told[1], "+1"));  // the first of two parts
  BOOST_TEST(told[2] == "true");
  BOOST_TEST(told[3] == "true");
  BOOST_TEST(told[4] == "true");
  BOOST_TEST(told[6] == "false");
}

BOOST_AUTO_TEST_CASE(boxes_have_fills_and_rows_by_time) {
  Graph graph = network({2, 3, 1});
  for (GraphNode& node : graph.nodes) node.notes.edit().seconds = node.op.empty() ? 0.0F : 2e-6F;
  const Lines told = lived(to_html(graph, {.view = {.max_nodes = 4}, .color = ColorBy::time}), R"(
    tell(by("color").value); tell(read("legend"));
    const scope = boxes().find(({ text }) => text.includes("Double-click"));
    await hover(5, 5); const timed = pixel(scope.x, scope.y);
    await click(scope.x, scope.y); tell(read("about"));
    by("color").value = "none"; by("color").dispatchEvent(new Event("change")); await wait();
    await key("Escape"); tell(pixel(scope.x, scope.y) !== timed);)");
  BOOST_REQUIRE(told.size() == 4U);
  BOOST_TEST(told[0] == "time");
  BOOST_TEST(contains(told[1], "time to compute again"));
  BOOST_TEST(contains(told[1], "512ns"));
  BOOST_TEST(contains(told[2], "\u00b5s"));
  BOOST_TEST(told[3] == "true");
}

BOOST_AUTO_TEST_CASE(a_page_without_finite_differences_says_so) {
  const Lines told = lived(to_html(formula(2.0)), R"(await key("End"); tell(read("column"));)");
  BOOST_REQUIRE(told.size() == 1U);
  BOOST_TEST(contains(told[0], "dL/dw +43 not recorded dL/db \u221214 not recorded"));
}

BOOST_AUTO_TEST_CASE(the_column_of_finite_differences_has_tensors_and_no_heading_alone) {
  Graph graph = tensor_network();
  for (GraphNode& node : graph.nodes)
    if (node.name == "weight")
      node.notes.edit().difference = FiniteDifference{0.5, 1e-9, 0, 0, "pass"};
  const Lines told = lived(to_html(graph), R"(await key("End"); tell(read("column"));)");
  BOOST_REQUIRE(told.size() == 1U);
  BOOST_TEST(contains(told[0], "dense1/weight norm 0.2 +0.5 "), told[0]);
  BOOST_TEST(contains(told[0], "+0.5 \u00b1 1e\u22129 apart "), told[0]);
  for (GraphNode& node : graph.nodes)
    if (node.op.empty()) node.has_gradient = false;
  BOOST_TEST(lived(to_html(graph), R"(await key("End"); tell(read("column"));)") == Lines{""},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_frame_is_told_by_its_own_numbers_alone) {
  const Lines told = lived(to_html(run(3)), R"(
    await visit("frame=1&node=m"); tell(read("about"));
    await slide("frame", 2); tell(read("about"));
    await visit("node=w"); tell(read("about"));
    await visit("frame=99"); tell(read("moment"));)");
  BOOST_REQUIRE(told.size() == 4U);
  BOOST_TEST(contains(told[0], "m = w * three = 1 * 3 = 3 value 3 gradient +8 "));
  BOOST_TEST(contains(told[1], "= 0 * 3 = 0 value 0 gradient +2 "));
  // Products were recorded with the first frame only.
  BOOST_TEST(!contains(told[1], "sum of"));
  BOOST_TEST(!contains(told[1], "\u00d7"));
  BOOST_TEST(!contains(told[2], "sum of"));
  BOOST_TEST(told[3] == "step 20, L 1");
}

BOOST_AUTO_TEST_CASE(who_leaves_the_player_is_back_at_the_frame_that_was_chosen) {
  const Lines told = lived(to_html(run(3)), R"(
    await visit("frame=2"); await key("n"); tell(read("moment"));
    tell(by("frame").value); tell(read("phase")); tell(read("live").startsWith(read("phase")));
    await key("Escape"); tell(read("moment")); tell(by("frame").value);
    await visit("node=m"); tell(read("about"));)");
  BOOST_REQUIRE(told.size() == 7U);
  BOOST_TEST(told[0] == "step 0, L 51");
  BOOST_TEST(told[1] == "0");
  BOOST_TEST(told[2] == "Start \u00b7 step 0 of 13 \u00b7 at step 0 of the training");
  BOOST_TEST(told[3] == "true");
  BOOST_TEST(told[4] == "step 20, L 1");
  BOOST_TEST(told[5] == "2");
  BOOST_TEST(contains(told[6], "value 0 gradient +2"));
}

BOOST_AUTO_TEST_CASE(what_is_outside_the_picture_is_not_left_out_silently) {
  // L, y and w: neither the operands of y, nor m, through which w has its other part.
  const Lines told = lived(to_html(formula(2.0), {.view = {.focus = "L", .hops = 1}}), R"(
    await visit("node=y"); tell(read("about"));
    await visit("node=w"); tell(read("about"));
    await key("End"); tell(read("sum"));
    await key("Home"); await key("n"); tell(read("product") + " " + read("numbers"));
    await key("j"); await key("n"); tell(read("sum"));
    await key("n"); tell(read("sum")); tell(read("shown"));)");
  BOOST_REQUIRE(told.size() == 7U);
  BOOST_TEST(contains(told[0], "y = \u2026 * \u2026 value 49"));
  BOOST_TEST(contains(told[1], "1 outside the picture"));
  BOOST_TEST(!contains(told[1], "sum +1"));
  BOOST_TEST(told[2] == "2 of 2 sums equal the engine's gradients bit for bit");
  BOOST_TEST(told[3] == "y = \u2026 * \u2026 = 49");
  BOOST_TEST(told[4] == "complete: dL/dy has one part");
  BOOST_TEST(told[5] == "part 1 of 2; 1 outside the picture");
  BOOST_TEST(told[6] == "3 boxes of 7 nodes, 4 left out");
}

BOOST_AUTO_TEST_CASE(a_root_outside_the_picture_has_its_name) {
  const Lines told = lived(to_html(formula(2.0), {.view = {.focus = "m", .hops = 1}}), R"(
    tell(read("title")); tell(by("player").hidden);
    await visit("node=m"); tell(read("about"));)");
  BOOST_REQUIRE(told.size() == 3U);
  BOOST_TEST(told[0] == "L and its gradient");
  BOOST_TEST(told[1] == "true");
  BOOST_TEST(contains(told[2], "dL/dm is the sum of"));
}

BOOST_AUTO_TEST_CASE(what_is_computed_from_a_box_stands_to_its_right_in_the_lane_below_too) {
  const Lines told = lived(to_html(double_backward()), R"(
    const all = boxes(), at = (name) => all.find(({ text }) => text.startsWith(name + " "));
    const y = at("y"), slope = at("t2"), gradient = at("g");
    tell(y.x < slope.x && slope.x < gradient.x); tell(y.y < gradient.y);
    await press("less");  // both scopes are one box each
    const [above, below] = boxes().filter(({ text }) => text.includes("Double-click")).sort((a, b) => a.y - b.y);
    tell(above.x <= below.x); await press("more");
    tell(gradient.text.includes("gradient of x"));
    await visit("node=g"); tell(read("about").includes("gradient of x"));)");
  BOOST_TEST(told == (Lines{"true", "true", "true", "true", "true"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_double_click_opens_the_scope_that_was_clicked) {
  const Lines told = lived(to_html(network({3, 4, 1}), {.view = {.max_nodes = 8}}), R"(
    const scopes = boxes().filter(({ text }) => text.includes("Double-click opens it"));
    const { x, y, text } = scopes.sort((a, b) => b.x - a.x)[0];  // beside where the panel opens
    await doubleClick(x, y);
    tell(read("about").includes("scope " + text.split(" ")[0]));
    tell(read("about").includes("Close scope"));)");
  BOOST_TEST(told == (Lines{"true", "true"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(keys_belong_to_what_has_the_focus) {
  const Lines told = lived(to_html(run(3)), R"(
    const summary = document.querySelector("#charts summary");
    const event = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
    summary.focus(); summary.dispatchEvent(event); tell(event.defaultPrevented);
    await key(" ", summary); tell(read("play"));
    await key(" "); tell(read("play"));)");
  BOOST_TEST(told == (Lines{"false", "Play", "Pause"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(playing_in_reverse_takes_back_what_was_added_and_stops_at_the_start) {
  // Steps: 0 the start, 1 to 4 forward, 5 the seed, 6 to 12 the products, 13 the end.
  const Lines told = lived(to_html(formula(2.0)), R"(
    await key("Home"); await visit("step=13&node=s"); by("speed").value = "20";
    await press("reverse"); tell(by("reverse").getAttribute("aria-pressed"));
    const steps = [], sums = new Map();
    new MutationObserver(() => {
      const step = Number(read("phase").match(/step (\d+)/)[1]);
      steps.push(step);
      sums.set(step, read("about").match(/gradient (\S+( yet)?)/)[1]);
    }).observe(by("phase"), { childList: true });
    await key(" "); tell(read("play")); await wait(3000);
    tell(steps.join()); tell(read("phase")); tell(read("play"));
    tell([13, 9, 8, 7, 6].map((step) => sums.get(step)).join());
    await visit("node=w"); tell(read("about").includes("gradient not yet"));)");
  BOOST_REQUIRE(told.size() == 7U);
  BOOST_TEST(told[0] == "true");
  BOOST_TEST(told[1] == "Pause");
  BOOST_TEST(told[2] == "13,12,11,10,9,8,7,6,5,4,3,2,1,0,0");  // and once more when it stops
  BOOST_TEST(told[3] == "Start \u00b7 step 0 of 13");
  BOOST_TEST(told[4] == "Play");
  // L = y + w: dL/dy, dL/dw, then s twice through y = s * s.
  BOOST_TEST(told[5] == "+14,+14,+7,not yet,not yet");
  BOOST_TEST(told[6] == "true");
}

BOOST_AUTO_TEST_CASE(the_speed_is_how_many_steps_are_played_in_a_time) {
  const Lines told = lived(to_html(formula(2.0)), R"(
    const stepsAt = async (speed, direction) => {
      by("speed").value = speed;
      const before = Number(by("position").value);
      await key(" "); await wait(1850); await key(" ");
      return direction * (Number(by("position").value) - before);
    };
    await key("Home");
    tell(await stepsAt("0.5", 1)); tell(await stepsAt("1", 1)); tell(await stepsAt("5", 1));
    await key("r"); tell(await stepsAt("2", -1));)");
  BOOST_REQUIRE(told.size() == 4U);
  // The first step comes after 600 ms divided by the speed, each further one after 1200.
  BOOST_TEST(told == (Lines{"1", "2", "8", "3"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_keys_change_is_told_to_those_who_do_not_see_it) {
  const Lines told = lived(to_html(network({3, 2, 1}), {.theme = Theme::light}), R"(
    const say = async (name) => { await key(name); tell(read("live")); };
    await press("more"); await press("more"); await say("]");
    await say("["); const boxes = read("shown"); tell(read("live") === boxes);
    await say("]");
    await visit("node=loss"); await key("ArrowLeft"); await key("Enter"); tell(read("live"));
    await say("Enter"); await say("Enter");
    await say("c"); await say("t"); await say("t"); await say("r"); await say("r"); await say("p");
    await key("p"); await key("Home"); await say(" "); await key(" ");
    await key("r"); await key("End"); await say(" "); await key(" ");)");
  const Lines expected{"all scopes are open",
                       "7 boxes of 34 nodes",
                       "true",
                       "34 nodes",
                       "scope layer2/neuron1, closed, 8 nodes",
                       "scope layer2/neuron1, open, 8 nodes",
                       "scope layer2/neuron1, closed, 8 nodes",
                       "colours: value",
                       "dark",
                       "light",
                       "Reverse on",
                       "Reverse off",
                       "Predict on",
                       "playing",
                       "playing in reverse"};
  BOOST_TEST(told == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_to_be_predicted_is_told_nowhere) {
  const Lines told = lived(to_html(formula(2.0)), R"(
    await visit("node=m"); await key("Home"); await key("p"); await key("n");
    tell(read("numbers")); tell(read("about"));
    await key("n"); tell(read("numbers")); tell(read("about"));
    await visit("node=y"); await key("j"); await key("n"); tell(read("numbers"));
    tell(read("about"));
    await key("n"); tell(read("numbers"));)");
  BOOST_REQUIRE(told.size() == 7U);
  BOOST_TEST(told[0] == "= 2 * 3 = ?");
  BOOST_TEST(contains(told[1], "m = w * three value not yet gradient not yet"));
  BOOST_TEST(told[2] == "= 2 * 3 = 6");
  BOOST_TEST(contains(told[3], "= 2 * 3 = 6 value 6 gradient not yet"));
  BOOST_TEST(told[4] == "= 1 \u00b7 1 = ?");
  BOOST_TEST(!contains(told[5], "sum of"));
  BOOST_TEST(told[6] == "= 1 \u00b7 1 = 1");
}

BOOST_AUTO_TEST_CASE(playing_waits_for_what_the_reader_says) {
  const Lines told = lived(to_html(formula(2.0)), R"(
    await key("Home"); await key("p"); by("speed").value = "20"; await key(" ");
    await wait(2000); tell(read("phase")); tell(read("numbers")); tell(read("play"));
    await key(" "); tell(read("phase")); tell(read("numbers"));)");
  BOOST_TEST(told == (Lines{"Forward \u00b7 step 1 of 13", "= 2 * 3 = ?", "Play",
                            "Forward \u00b7 step 1 of 13", "= 2 * 3 = 6"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_many_products_at_once_some_are_told_with_their_sums) {
  const Graph graph = network({4, 16, 16, 1});
  BOOST_TEST(graph.backward_order.size() > 300U);
  const Lines told = lived(to_html(graph), R"(
    await key("j"); await key("n"); tell(read("numbers"));)");
  BOOST_REQUIRE(told.size() == 1U);
  BOOST_TEST(contains(told[0], "(part 1 of 2) dloss/d"));
  BOOST_TEST(contains(told[0], "(running sum "));
  BOOST_TEST(contains(told[0], ", complete)"));
}

BOOST_AUTO_TEST_CASE(many_operations_are_played_one_by_one) {
  const Graph graph = network({4, 16, 16, 1});
  BOOST_TEST(graph.backward_order.size() > 300U);
  const Lines told = lived(to_html(graph), R"(
    await key("Home"); await key("p"); await key("n"); const asked = read("numbers");
    await key("n"); const told = read("numbers");
    tell(read("phase")); tell(asked.endsWith(" = ?"));
    tell(told.startsWith(asked.slice(0, -1)) && Number.isFinite(Number(told.split(" = ").at(-1).replace("\u2212", "-"))));)");
  const std::size_t steps =
      std::ranges::count_if(graph.nodes, [](const GraphNode& node) { return !node.op.empty(); });
  BOOST_REQUIRE(told.size() == 3U);
  BOOST_TEST(told[0].starts_with("Forward \u00b7 step 1 of "));
  BOOST_TEST(std::stoul(told[0].substr(told[0].rfind(' '))) > steps);
  BOOST_TEST(told[1] == "true");
  BOOST_TEST(told[2] == "true");
}

BOOST_AUTO_TEST_CASE(of_very_many_operations_at_once_some_are_told_with_their_numbers) {
  const Graph graph = network({16, 32, 24, 1});
  BOOST_TEST(graph.backward_order.size() > 5'000U);
  const Lines told = lived(to_html(graph), R"(
    await key("Home"); await key("p");
    for (const start of ["Home", "j"]) {
      await key(start); await key("n"); const asked = by("numbers").textContent.split("\n");
      await key("n"); const told = by("numbers").textContent.split("\n");
      tell(read("product"));
      tell(told.at(-1));
      tell(asked.filter((line) => line.endsWith(" ?")).length);  // and each is answered, no more is said
      tell(asked.every((line, i) => (line.endsWith("?") ? told[i] !== line && told[i].startsWith(line.slice(0, -1)) : told[i] === line)));
    })");
  BOOST_REQUIRE(told.size() == 8U);
  // Products of the first layer, 16 for each of its neurons, and no other has operands that are leaves alone.
  BOOST_TEST(told[0] == "512 operations, all as far from what goes in");
  BOOST_TEST(told[1] == "and 508 more");
  BOOST_TEST(told[2] == "4");
  BOOST_TEST(told[3] == "true");
  BOOST_TEST(told[6] == "2");
  BOOST_TEST(told[7] == "true");
}

BOOST_AUTO_TEST_CASE(numbers_that_stop_being_finite_in_a_later_frame_are_seen) {
  Recording recording{network({2, 3, 1}), {}, {}};
  const std::size_t nodes = recording.graph.nodes.size();
  for (const std::int64_t step : {0, 1}) {
    const float number = step == 0 ? 1.0F : std::numeric_limits<float>::quiet_NaN();
    RecordedFrame frame{step, 1.0, std::vector<float>(nodes, 1.0F),
                        std::vector<float>(nodes, 0.5F)};
    frame.gradients[nodes / 4] = number;
    recording.frames.push_back(frame);
  }
  const Lines told = lived(to_html(recording, {.view = {.max_nodes = 4}}), R"(
    const found = () => boxes().filter(({ text }) => text.includes("nan or inf")).length;
    tell(found()); await slide("frame", 1); tell(found());)");
  BOOST_TEST(told == (Lines{"0", "1"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sums_of_float32_are_rounded_as_the_engine_does) {
  const Tensor w = named(variable(tensor({0.1F}, float32)), "w");
  const Tensor loss = sum(w * 0.1F + w * 0.7F + w * 1e-3F + w * 1e-5F);
  const Lines told = lived(to_html(capture(loss)), R"(await key("End"); tell(read("sum"));)");
  BOOST_REQUIRE(told.size() == 1U);
  const std::string count = told[0].substr(0, told[0].find(' '));
  BOOST_TEST(told[0] == count + " of " + count + " sums equal the engine's gradients bit for bit");
}

BOOST_AUTO_TEST_CASE(negative_numbers_have_parentheses_beside_signs_alone) {
  Builder build;
  const std::uint32_t x = build.leaf("x", -2.0);
  const std::uint32_t y = build.op("square", 4.0, {{x, -4.0}}, "y", "square");
  build.op("add", 2.0, {{y, 1.0}, {x, 1.0}}, "L", "+");
  const Lines told = lived(to_html(build.finish()), R"(
    await visit("node=y"); tell(read("about")); await visit("node=L"); tell(read("about"));)");
  BOOST_REQUIRE(told.size() == 2U);
  BOOST_TEST(contains(told[0], "= square(\u22122) = 4"));
  BOOST_TEST(contains(told[1], "= 4 + (\u22122) = 2"));
}

BOOST_AUTO_TEST_CASE(dark_is_dark_and_light_is_light) {
  const Lines told = lived(to_html(neuron()), R"(
    const look = () => {
      const sum = (color) => color.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0);
      const style = getComputedStyle(document.body);
      tell(sum(style.backgroundColor) > 3 * 200); tell(sum(style.color) > 3 * 200);
    };
    await visit("theme=light"); look();
    by("theme").click(); await wait(); look();
    by("theme").click(); await wait(); look();)");
  BOOST_TEST(told == (Lines{"true", "false", "false", "true", "true", "false"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_page_begins_light_or_dark_as_asked_and_else_as_the_reader_prefers) {
  for (const bool prefers_dark : {false, true})
    for (const std::optional<Theme> theme :
         {std::optional<Theme>(), std::optional(Theme::automatic), std::optional(Theme::light),
          std::optional(Theme::dark)}) {
      std::string page = to_html(neuron(), {.theme = theme});
      page.insert(
          page.find("<title>"),
          fmt::format("<script>matchMedia = () => ({{ matches: {}, addEventListener: (type, "
                      "act) => act() }});</script>",
                      prefers_dark));
      const Lines told =
          lived(page, R"(tell(document.documentElement.classList.contains("dark"));)");
      const bool follows = theme.value_or(Theme::automatic) == Theme::automatic;
      const bool is_dark = follows ? prefers_dark : theme == Theme::dark;
      BOOST_TEST(told == Lines{is_dark ? "true" : "false"}, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(a_node_tells_in_which_line_it_was_given_its_name) {
  Tensor w = variable(ones({2}), "w");
  const int line = __LINE__ - 1;
  const Lines told = lived(to_html(capture(sum(exp(w)))), R"(
    await visit("node=w"); tell(read("about"));
    await visit("node=none"); tell(boxes().filter(({ text }) => text.includes("named at")).length);)");
  BOOST_REQUIRE(told.size() == 2U);
  BOOST_TEST(contains(told[0], fmt::format("named at interaction.cpp:{}", line)), told[0]);
  BOOST_TEST(told[1] == "1");
}

BOOST_AUTO_TEST_CASE(an_operation_without_a_name_tells_in_which_line_it_was_computed) {
  Graph graph = neuron();
  graph.scopes[1].place = "train.cpp:88";
  const auto found = std::ranges::find_if(graph.nodes, [](const GraphNode& node) {
    return !node.op.empty() && node.name.empty() && node.scope == 1;
  });
  BOOST_REQUIRE((found != graph.nodes.end()));
  found->notes.edit().place = "train.cpp:90";
  const Lines told = lived(to_html(graph), R"(
    const one = boxes().find(({ text }) => text.includes("computed at"));
    tell(one.text); await click(one.x, one.y); tell(read("about"));)");
  BOOST_REQUIRE(told.size() == 2U);
  for (const std::string& text : told)
    BOOST_TEST(contains(text, "computed at train.cpp:90, in neuron, opened at train.cpp:88"), text);
}

BOOST_AUTO_TEST_CASE(a_node_tells_where_in_the_program_its_scope_was_opened) {
  Graph graph = neuron();
  BOOST_REQUIRE(graph.scopes.size() > 1);
  BOOST_REQUIRE(graph.scopes[1].name == "neuron");
  graph.scopes[1].place = "train.cpp:88";
  const Lines told = lived(to_html(graph), R"(
    await visit("node=w1"); tell(read("about"));
    await visit("node=L"); tell(read("about"));
    await visit("node=none"); tell(boxes().find(({ text }) => text.startsWith("w1 ")).text);)");
  BOOST_REQUIRE(told.size() == 3U);
  BOOST_TEST(contains(told[2], "in neuron, opened at train.cpp:88"), told[2]);
  BOOST_TEST(contains(told[0], "in neuron, opened at train.cpp:88"), told[0]);
  BOOST_TEST(!contains(told[1], "train"), told[1]);
}

BOOST_AUTO_TEST_CASE(on_narrow_screens_what_was_chosen_stands_above_the_details) {
  const Lines told = lived(to_html(neuron()), R"(
    const height = async (width) => {
      Object.defineProperty(window, "innerWidth", { value: width, configurable: true });
      await visit("node=none"); await visit("node=o");
      return boxes().find(({ text }) => text.startsWith("o ")).y / canvas.clientHeight;
    };
    tell(Math.abs(await height(1000) - 0.5) < 0.1); tell(Math.abs(await height(390) - 0.225) < 0.1);)");
  BOOST_TEST(told == (Lines{"true", "true"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(on_narrow_screens_there_is_room_to_search) {
  // Of a comparison without scopes the buttons would stand beside the search.
  const Graph before = formula(2.0), after = formula(1.0);
  const JoinedGraphs both = join(before, after, compare(before, after));
  const Lines told =
      lived(to_html(both.graph, {.title = "a.json -> b.json", .marks = both.marks}), R"(
    const narrow = document.createElement("style");
    narrow.textContent = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
      .filter((rule) => rule.media).flatMap((rule) => [...rule.cssRules]).map((rule) => rule.cssText).join("");
    document.head.append(narrow);
    let least = Infinity, isWithin = true;
    for (let width = 390; width < 760; width += 10) {
      document.body.style.width = `${width}px`; await wait(20);
      least = Math.min(least, by("search").offsetWidth);
      isWithin = isWithin && document.querySelector("header").scrollWidth <= width;
    }
    tell(least >= 120); tell(isWithin);)");
  BOOST_TEST(told == (Lines{"true", "true"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_played_stands_below_the_card) {
  const Lines told = lived(to_html(neuron()), R"(
    document.body.style.width = "420px"; await wait();
    await key("Home"); for (let i = 0; i < 4; ++i) await key("+");
    for (let step = 1; step <= 4; ++step) {
      await key("n");
      const name = read("product").split(" ")[0], box = boxes().find(({ text }) => text.startsWith(name + " "));
      tell(box && box.y > by("step").offsetTop + by("step").offsetHeight);
    })");
  BOOST_TEST(told == Lines(4, "true"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(search_finds_says_when_it_does_not_and_leads_there) {
  const Lines told = lived(to_html(neuron()), R"(
    await key("/"); const search = by("search"); tell(document.activeElement === search);
    const type = async (text) => { search.value = text; search.dispatchEvent(new Event("input")); await wait(); };
    await type("w"); tell(read("hits")); tell(search.getAttribute("aria-expanded"));
    await key("ArrowDown", search); await key("Enter", search);
    tell(read("about").slice(0, 2)); tell(search.getAttribute("aria-expanded"));
    await type("nothing of this"); tell(read("live")); tell(by("hits").hidden);
    await type("w"); tell(read("live")); await type(""); tell(read("live"));)");
  BOOST_TEST(told == (Lines{"true", "w1 neuron w2 neuron", "true", "w2", "false", "no match",
                            "true", "2 found", ""}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_found_is_outlined_where_it_is_after_scopes_open) {
  const Lines told = lived(to_html(network({2, 3, 1}), {.view = {.max_nodes = 6}}), R"(
    const type = async (text) => { by("search").value = text; by("search").dispatchEvent(new Event("input")); await wait(); };
    await type("w"); await press("more"); await press("more"); await press("fit");
    const opened = canvas.toDataURL();
    await type(""); const plain = canvas.toDataURL();
    await type("w"); tell(opened === canvas.toDataURL()); tell(opened !== plain);)");
  BOOST_TEST(told == (Lines{"true", "true"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_arrow_leads_into_an_open_scope) {
  const Lines told = lived(to_html(network({2, 3, 1}), {.view = {.max_nodes = 6}}), R"(
    const scopes = boxes().filter(({ text }) => text.includes("Double-click opens it"));
    const last = scopes.sort((a, b) => b.x - a.x)[0], name = last.text.split(" ")[0];
    await click(last.x, last.y); await key("Enter"); tell(read("about").includes("Close scope"));
    await key("ArrowRight");
    tell(read("about").includes(name) && !read("about").includes("Close scope"));)");
  BOOST_TEST(told == (Lines{"true", "true"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(open_scopes_are_as_high_as_what_is_in_them) {
  const Lines told = lived(to_html(network({4, 12, 12, 1})), R"(
    await visit("open=all"); by("stage").style.width = "3000px"; by("stage").style.height = "2400px";
    by("stage").style.flex = "none"; await wait(); await press("fit");
    const heights = new Map();
    for (const { y, text } of boxes()) {
      const scope = (text.match(/in (layer2.neuron[0-9]+)/) || [])[1];
      if (scope) heights.set(scope, [...(heights.get(scope) || []), y]);
    }
    const all = [...heights.values()].map((ys) => Math.max(...ys) - Math.min(...ys));
    tell(all.length); tell(Math.max(...all) < 2 * Math.min(...all));)");
  BOOST_TEST(told == (Lines{"12", "true"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_line_back_to_the_next_row_goes_between_the_rows) {
  Builder build;
  std::uint32_t y = build.leaf("x", 0.5);
  for (int i = 0; i < 24; ++i) {
    build.enter(fmt::format("block{}", i));
    const std::uint32_t w = build.leaf("w", 0.5, Role::parameter);
    y = build.op("tanh", 0.25, {{build.op("mul", 0.25, {{y, 0.5}, {w, 0.5}}), 0.9}});
    build.leave();
  }
  const Lines told = lived(to_html(build.finish(), {.view = {.collapse = {"block*"}}}), R"(
    const scopes = boxes().filter(({ text }) => text.startsWith("block"));
    await hover(2, 2); await key("c"); await key("c"); await key("c"); await key("c");
    const rows = new Map();
    for (const { x, y } of scopes) rows.set(y, [...(rows.get(y) || []), x]);
    const [, above, below] = [...rows.keys()].filter((y) => rows.get(y).length > 2), ground = pixel(2, 2);
    // What is drawn from the upper boxes to the lower ones: the rest of a box, the line, the top of a box.
    const runs = (x) => Array.from({ length: below - above }, (_, i) => (pixel(x + 3, above + i) === ground ? " " : above + i))
      .join(",").split(/[ ,]*[ ][ ,]*/).filter(Boolean);
    const columns = rows.get(above).map(runs);
    tell(columns.length); tell(columns[0].length);
    tell(columns.every((column) => column[1] === columns[0][1]));)");
  BOOST_TEST(told == (Lines{"4", "3", "true"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_scope_of_one_node_opens_and_closes) {
  Builder build;
  const std::uint32_t x = build.leaf("x", 1.0);
  build.enter("solo");
  const std::uint32_t y = build.op("tanh", 0.76, {{x, 0.42}}, "y");
  build.leave();
  build.op("mul", 0.76, {{y, 1.0}, {x, 0.76}}, "L", "*");
  const Lines told = lived(to_html(build.finish(), {.view = {.collapse = {"solo"}}}), R"(
    const isClosed = () => boxes().some(({ text }) => text.includes("Double-click opens it"));
    tell(isClosed()); await press("more"); tell(isClosed()); await press("less"); tell(isClosed());)");
  BOOST_TEST(told == (Lines{"true", "false", "true"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_tooltip_follows_the_slider) {
  const Lines told = lived(to_html(run(3)), R"(
    await visit("node=m");  // opens the panel beside it
    await hover(canvas.clientWidth / 2, canvas.clientHeight / 2); tell(read("tip"));
    await slide("frame", 1); tell(read("tip"));)");
  BOOST_REQUIRE(told.size() == 2U);
  BOOST_TEST(contains(told[0], "value 6"));
  BOOST_TEST(contains(told[1], "value 3"));
}

BOOST_AUTO_TEST_CASE(what_was_removed_takes_no_part_in_what_is_computed_now) {
  const auto built = [](const std::string& op, double value, double local) {
    Builder build;
    const std::uint32_t a = build.leaf("a", 1.0), c = build.leaf("c", 2.0);
    const std::uint32_t t = build.op(op, value, {{c, local}});
    const std::uint32_t m = build.op("add", 1.0 + value, {{a, 1.0}, {t, 1.0}}, "m", "+");
    build.op("tanh", std::tanh(1.0 + value), {{m, 0.01}}, "L");
    return build.finish();
  };
  const Graph before = built("exp", 7.0, 7.0), after = built("sqrt", 1.5, 0.35);
  JoinedGraphs both = join(before, after, compare(before, after));
  PictureOptions options{.title = "before -> after", .marks = both.marks};
  options.stamp = "1 added, 1 removed";
  const Lines told = lived(to_html(both.graph, options), R"(
    await visit("node=m"); tell(read("about")); tell(read("title")); tell(read("shown"));
    tell(by("color").disabled); by("changes").open = true; tell(read("changes"));
    document.querySelector("#changes button").click(); await wait(); tell(by("details").hidden);)");
  BOOST_REQUIRE(told.size() == 6U);
  BOOST_TEST(contains(told[0], "= 1 + 1.5 = 2.5"));
  BOOST_TEST(contains(told[0], "value 8 -> 2.5 (relative 0.688)"));
  BOOST_TEST(told[1] == "before -> after");
  BOOST_TEST(contains(told[2], "1 added, 1 removed"));
  BOOST_TEST(told[3] == "true");
  BOOST_TEST(contains(told[4], "changes"));
  BOOST_TEST(contains(told[4], "value 8 -> 2.5"));
  BOOST_TEST(told[5] == "false");
}

BOOST_AUTO_TEST_CASE(a_closed_scope_shows_that_something_in_it_changed) {
  const Graph before = network({3, 4, 1});
  Graph after = before;
  after.nodes[after.nodes.size() / 2].value *= 1.5;
  const JoinedGraphs both = join(before, after, compare(before, after));
  const Lines told = lived(to_html(both.graph, {.view = {.max_nodes = 6}, .marks = both.marks}), R"(
    const scopes = boxes().filter(({ text }) => text.includes("Double-click"));
    canvas.dispatchEvent(new PointerEvent("pointerleave")); await wait();
    const isMarked = ({ text }) => text.startsWith("~ ");
    const changed = scopes.find(isMarked), same = scopes.find((scope) => !isMarked(scope));
    tell(scopes.filter(isMarked).length);
    tell(pixel(changed.x, changed.y) !== pixel(same.x, same.y));)");
  BOOST_TEST(told == (Lines{"1", "true"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
