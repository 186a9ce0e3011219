// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/charts.hpp>

#include "color.hpp"
#include "recorded_layers.hpp"
#include "support/xml.hpp"
#include "viz/graphs.hpp"

namespace nabla::viz::test {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

// `frames` frames in which values and gradients shrink by a factor of 10 each.
Recording run_of(const Graph& graph, int frames) {
  Recording recording{.graph = graph, .weights = {}, .frames = {}};
  for (int i = 0; i < frames; ++i) {
    const double factor = std::pow(10.0, -i);
    RecordedFrame frame{.step = 10 * i, .loss = factor, .values = {}, .gradients = {}};
    for (const GraphNode& node : graph.nodes) {
      frame.values.push_back(static_cast<float>(node.value * factor));
      frame.gradients.push_back(static_cast<float>(3 * factor));  // inside a decade
    }
    recording.frames.push_back(frame);
  }
  return recording;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(charts)

BOOST_AUTO_TEST_CASE(layers_are_the_outermost_scopes_of_which_there_are_several) {
  const auto layers = detail::recorded_layers(network({2, 3, 1}));
  BOOST_REQUIRE(layers.size() >= 2U);
  Graph inside = network({2, 3, 1});
  for (GraphScope& scope : inside.scopes) ++scope.parent;
  inside.scopes.insert(inside.scopes.begin(), GraphScope{0, ""});
  inside.scopes[0].parent = 0;
  inside.scopes[1] = {0, "everything"};
  for (GraphNode& node : inside.nodes) ++node.scope;
  const auto same = detail::recorded_layers(inside);
  BOOST_REQUIRE(same.size() == layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i)
    BOOST_TEST(same[i].parameters == layers[i].parameters);
}

BOOST_AUTO_TEST_CASE(without_scopes_each_variable_is_a_layer) {
  BOOST_TEST(detail::recorded_layers(neuron()).size() >= 2U);
  for (const auto& layer : detail::recorded_layers(network({2, 2, 1}, false)))
    BOOST_TEST(layer.parameters.size() == 1U);
}

BOOST_AUTO_TEST_CASE(charts_are_well_formed_and_the_same_each_time) {
  const Recording run = run_of(network({2, 3, 1}), 7);
  for (const auto chart : {loss_chart, gradient_flow_chart, weights_chart}) {
    const std::string picture = chart(run, {});
    BOOST_TEST(nabla::test::xml_defect(picture) == "");
    BOOST_TEST(picture == chart(run, {}));
    BOOST_TEST(count(picture, ">step</text>") == 1U);
  }
}

BOOST_AUTO_TEST_CASE(flow_has_a_shade_for_each_decade) {
  Recording run = run_of(neuron(), 4);
  const std::string four = gradient_flow_chart(run);
  run.frames.resize(1);
  const std::string one = gradient_flow_chart(run);
  const std::size_t rows = detail::recorded_layers(neuron()).size();
  // A path a row for each shade that is in it.
  BOOST_TEST(count(four, "<path") - count(one, "<path") == 3 * rows);
}

BOOST_AUTO_TEST_CASE(gradients_that_are_not_finite_are_crossed) {
  Recording run = run_of(neuron(), 3);
  BOOST_TEST(count(gradient_flow_chart(run), "class=\"cross\"") == 0U);
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    run.frames[1].gradients.assign(run.frames[1].gradients.size(), bad);
    BOOST_TEST(count(gradient_flow_chart(run), "class=\"cross\"") ==
               detail::recorded_layers(neuron()).size());
  }
}

BOOST_AUTO_TEST_CASE(one_frame_of_a_long_run_is_seen_wherever_it_stands) {
  const std::size_t rows = detail::recorded_layers(neuron()).size();
  Recording run = run_of(neuron(), 1);
  run.frames.resize(1000, run.frames[0]);
  for (std::size_t i = 0; i < run.frames.size(); ++i)
    run.frames[i].step = static_cast<std::int64_t>(i);
  const std::string even = gradient_flow_chart(run);
  for (const std::size_t at : {0, 1, 500, 503, 998, 999}) {
    Recording other = run;
    other.frames[at].gradients.assign(other.frames[at].gradients.size(), 5e4F);
    BOOST_TEST(count(gradient_flow_chart(other), "<path") - count(even, "<path") == rows, at);
    other.frames[at].gradients.assign(other.frames[at].gradients.size(), std::nanf(""));
    BOOST_TEST(count(gradient_flow_chart(other), "class=\"cross\"") == rows, at);
  }
}

BOOST_AUTO_TEST_CASE(watched_tensors_have_a_panel_each) {
  Recording run = run_of(neuron(), 3);
  run.weights = {"first <one>", "second"};
  for (RecordedFrame& frame : run.frames) frame.weights = {{-1.0, 1.0, {1, 0, 4}}, {0.0, 0.0, {2}}};
  const std::string picture = weights_chart(run);
  BOOST_TEST(nabla::test::xml_defect(picture) == "");
  BOOST_TEST(count(picture, "first &lt;one&gt;") == 1U);
  BOOST_TEST(count(picture, ">second<") == 1U);
}

BOOST_AUTO_TEST_CASE(a_falling_loss_has_a_logarithmic_axis) {
  const Recording falling = run_of(neuron(), 5), flat = run_of(neuron(), 1);
  BOOST_TEST(loss_chart(falling) == loss_chart(falling, {.log_y = true}));
  BOOST_TEST(loss_chart(flat) != loss_chart(flat, {.log_y = true}));
}

BOOST_AUTO_TEST_CASE(nothing_to_draw_is_an_error) {
  Recording run = run_of(neuron(), 2);
  for (RecordedFrame& frame : run.frames) {
    frame.loss = std::nan("");
    for (float& value : frame.values) value = std::nanf("");
  }
  BOOST_CHECK_THROW((void)loss_chart(run), DomainError);
  BOOST_CHECK_THROW((void)weights_chart(run), DomainError);
  run.frames.clear();
  BOOST_CHECK_THROW((void)gradient_flow_chart(run), DomainError);
  BOOST_CHECK_THROW((void)weights_chart(run), DomainError);
}

BOOST_AUTO_TEST_CASE(long_runs_stay_small) {
  BOOST_TEST(weights_chart(run_of(network({2, 3, 1}), 5000)).size() < 500'000U);
  BOOST_TEST(gradient_flow_chart(run_of(network({2, 3, 1}), 5000)).size() < 200'000U);
}

BOOST_AUTO_TEST_CASE(recordings_that_are_not_consistent_are_refused) {
  Recording run = run_of(neuron(), 2);
  run.frames[1].gradients.pop_back();
  BOOST_CHECK_EXCEPTION((void)loss_chart(run), ShapeError, [](const ShapeError& error) {
    return std::string(error.what()).starts_with("[loss_chart] frame of step 10: got ");
  });
  BOOST_CHECK_THROW((void)gradient_flow_chart(run), ShapeError);
  BOOST_CHECK_THROW((void)weights_chart(run), ShapeError);
  run = run_of(neuron(), 2);
  run.weights = {"w"};
  BOOST_CHECK_THROW((void)weights_chart(run), ShapeError);
  run = run_of(neuron(), 2);
  run.graph.edges.front().to = 1000;
  BOOST_CHECK_THROW((void)loss_chart(run), GraphError);
}

BOOST_AUTO_TEST_CASE(more_panels_than_there_is_room_for_are_counted) {
  Recording run = run_of(neuron(), 1);
  for (int i = 0; i < 50; ++i) {
    run.weights.push_back("w" + std::to_string(i));
    run.frames[0].weights.push_back({0.0, 1.0, {1}});
  }
  BOOST_TEST(count(weights_chart(run), "How the weights lie, 48 of 50") == 1U);
}

BOOST_AUTO_TEST_CASE(a_theme_that_was_chosen_does_not_ask_the_reader) {
  const Recording run = run_of(network({2, 3, 1}), 3);
  for (const auto chart : {loss_chart, gradient_flow_chart, weights_chart}) {
    const std::string either = chart(run, {}), light = chart(run, {.theme = PlotTheme::light}),
                      dark = chart(run, {.theme = PlotTheme::dark});
    BOOST_TEST(count(either, "prefers-color-scheme:dark") >= 1U);
    BOOST_TEST(count(light, "prefers-color-scheme") == 0U);
    BOOST_TEST(count(dark, "prefers-color-scheme") == 0U);
    BOOST_TEST(count(light, ".page{fill:#16181c}") == 0U);
    // The last rule holds.
    BOOST_TEST(dark.rfind(".page{fill:#16181c}") < dark.size());
    BOOST_TEST(dark.rfind(".page{fill:#16181c}") > dark.find(".page{fill:#ffffff}"));
    BOOST_TEST(nabla::test::xml_defect(dark) == "");
  }
  const std::string flow = gradient_flow_chart(run, {.theme = PlotTheme::dark});
  BOOST_TEST(count(flow, ".h0{fill:") == 2U);
}

BOOST_AUTO_TEST_CASE(the_flow_has_colours_of_its_own_on_dark_pages) {
  const std::string svg = gradient_flow_chart(run_of(network({2, 3, 1}), 3));
  const std::size_t dark = svg.rfind("@media (prefers-color-scheme:dark)");
  BOOST_TEST(count(svg.substr(dark), ".h0{fill:") == 1U);
  BOOST_TEST(count(svg.substr(0, dark), ".h0{fill:") == 1U);
  BOOST_TEST(nabla::test::xml_defect(svg) == "");
}

BOOST_AUTO_TEST_CASE(decades_of_the_flow_can_be_told_apart_in_both_themes) {
  const Recording run = run_of(network({2, 3, 1}), 3);
  for (const PlotTheme theme : {PlotTheme::light, PlotTheme::dark}) {
    const std::string svg = gradient_flow_chart(run, {.theme = theme});
    // CIE 1976 lightness of each step, 0 to 100, in the last style that has it.
    std::vector<double> lightness;
    for (int step = 0; step <= detail::kShades; ++step) {
      const std::size_t at = svg.rfind(fmt::format(".h{}{{fill:#", step));
      BOOST_REQUIRE(at != std::string::npos);
      const std::string hex = svg.substr(svg.find('#', at) + 1, 6);
      double sum = 0;
      for (const auto& [place, weight] : {std::pair{0U, 0.2126}, {2U, 0.7152}, {4U, 0.0722}}) {
        const double part = std::stoi(hex.substr(place, 2), nullptr, 16) / 255.0;
        sum += weight * (part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4));
      }
      lightness.push_back(116 * std::cbrt(sum) - 16);
    }
    double least = 100;
    for (std::size_t i = 1; i < lightness.size(); ++i)
      least = std::min(least, std::abs(lightness[i] - lightness[i - 1]));
    BOOST_TEST(least > 2.5);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
