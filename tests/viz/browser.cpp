// SPDX-License-Identifier: MIT
// The HTML page in a browser: Debian's chromium, without a screen. Where it is missing these tests are
// skipped.
#include "viz/browser.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>

#include "viz/graphs.hpp"
#include "viz/hostile.hpp"
#include "viz/page.hpp"

namespace nabla::viz::test {
namespace {

Graph trained() {
  const Tape tape;
  Random random(3);
  const nn::Mlp net({2, 5, 1}, {}, random);
  const std::vector<Value> x{0.5, -1.25};
  return capture(square(net(x)[0] - 1.0));
}

std::size_t gradients_in(const Graph& graph) {
  std::size_t count = 0;
  for (const GraphNode& node : graph.nodes) count += node.has_gradient ? 1 : 0;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(browser, *boost::unit_test::precondition(has_browser))

BOOST_AUTO_TEST_CASE(pages_are_drawn_without_a_word_on_the_console) {
  for (const Graph& graph : {neuron(), network({3, 4, 1}), tensor_network(), double_backward(),
                             chain(200), network({4, 16, 16, 1}), trained()}) {
    const Opened opened = open_page(to_html(graph), "#open=all");
    BOOST_TEST(opened.console == "");
    BOOST_TEST(opened.page.find("data-drawn=") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_player_tells_each_product_and_the_running_sum) {
  const std::string page = to_html(neuron());
  // Five operations go forward; the two operands of the root come first on the way back.
  const Opened first = open_page(page, "#step=8"), second = open_page(page, "#step=9");
  BOOST_TEST(first.console == "");
  BOOST_TEST(text_of(first, "product") == "dL/do += dL/dL \u00b7 dL/do");
  BOOST_TEST(text_of(first, "numbers") == "= 1 \u00b7 0.707107 = 0.707107");
  BOOST_TEST(text_of(first, "sum") == "part 1 of 2");
  BOOST_TEST(text_of(second, "sum") == "running sum 0.707107 + 0.707107 = 1.41421, complete");
}

BOOST_AUTO_TEST_CASE(the_sums_of_the_player_are_the_gradients_bit_for_bit) {
  for (const Graph& graph : {trained(), network({3, 4, 1})}) {
    const std::size_t all = gradients_in(graph);
    const Opened opened = open_page(to_html(graph), "#step=end");
    BOOST_TEST(opened.console == "");
    BOOST_TEST(text_of(opened, "sum") ==
               fmt::format("{0} of {0} sums equal the engine's gradients bit for bit", all));
  }
}

BOOST_AUTO_TEST_CASE(a_sum_that_is_off_by_one_bit_is_told) {
  Graph graph = trained();
  const std::size_t all = gradients_in(graph);
  GraphEdge& edge = graph.edges[graph.backward_order.front()];
  edge.contribution = std::nextafter(edge.contribution, 1e300);
  const Opened opened = open_page(to_html(graph), "#step=end");
  BOOST_TEST(text_of(opened, "sum") ==
             fmt::format("{} of {} sums equal the engine's gradients bit for bit", all - 1, all));
}

BOOST_AUTO_TEST_CASE(many_products_are_played_node_by_node_and_very_many_in_waves) {
  const Graph nodes = network({4, 16, 16, 1}), waves = network({16, 32, 24, 1});
  BOOST_TEST(waves.backward_order.size() > 5'000u);
  for (const Graph& graph : {nodes, waves}) {
    const Opened opened = open_page(to_html(graph), "#step=end");
    BOOST_TEST(opened.console == "");
    const std::string count = std::to_string(gradients_in(graph));
    BOOST_TEST(text_of(opened, "sum").starts_with(count + " of " + count + " sums"));
  }
}

BOOST_AUTO_TEST_CASE(a_training_run_shows_the_numbers_of_each_frame) {
  Recording recording{neuron(), {}, {}};
  for (const std::int64_t step : {0, 10}) {
    RecordedFrame frame;
    frame.step = step;
    frame.loss = 0.5 / (1.0 + static_cast<double>(step));
    for (std::size_t i = 0; i < recording.graph.nodes.size(); ++i) {
      frame.values.push_back(static_cast<float>(step) + static_cast<float>(i));
      frame.gradients.push_back(0.25F);
    }
    recording.frames.push_back(frame);
  }
  const Opened opened = open_page(to_html(recording), "#frame=1&node=x1");
  BOOST_TEST(opened.console == "");
  BOOST_TEST(text_of(opened, "moment") == "step 10, L 0.0454545");
  BOOST_TEST(opened.page.find("<dt>value</dt><dd>10</dd><dt>gradient</dt><dd>+0.25</dd>") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_was_compared_is_marked) {
  const Graph before = neuron();
  Graph after = before;
  after.nodes[1].gradient += 1.0;
  const JoinedGraphs both = join(before, after, compare(before, after));
  const std::string html = to_html(both.graph, {.marks = both.marks});
  const std::vector<std::uint32_t> marks = Page(html).whole("mark");
  BOOST_TEST(marks.size() == before.nodes.size());
  BOOST_TEST(marks[0] == 0u);
  BOOST_TEST(marks[1] > 3u);  // changed, and by how much
  const Opened opened = open_page(html, "");
  BOOST_TEST(opened.console == "");
  BOOST_TEST(text_of(opened, "legend").starts_with("green + added"));
}

BOOST_AUTO_TEST_CASE(names_that_would_do_harm_are_text) {
  std::vector<std::string> names = hostile_names();
  names.emplace_back("</script><img src=x onerror=alert(1)>");
  names.emplace_back("{{data}}");
  names.emplace_back("__proto__");
  Graph graph = graph_named(names);
  for (GraphNode& node : graph.nodes)
    node.notes.edit().difference =
        FiniteDifference{0.5, 1e-9, 0, 0, "<img src=x onerror=alert(1)>"};
  const Opened opened = open_page(to_html(graph, {.title = "<img src=x onerror=alert(1)>"}),
                                  "#open=all&step=5&node=__proto__");
  BOOST_TEST(opened.console == "");
  BOOST_TEST(opened.page.find("data-drawn=") != std::string::npos);
  BOOST_TEST(text_of(opened, "title") == "&lt;img src=x onerror=alert(1)&gt;");
  for (const char* active : {"<img", "<script", "<iframe", "<a ", "<svg"})
    BOOST_TEST(opened.page.find(active) == std::string::npos, active);
}

BOOST_AUTO_TEST_CASE(pages_of_recordings_have_charts_as_images) {
  Recording run{.graph = trained(), .weights = {}, .frames = {}};
  for (int step = 0; step < 3; ++step) {
    const std::vector<float> numbers(run.graph.nodes.size(), 0.5F * float(step));
    run.frames.push_back({step, 1.0 / (1 + step), numbers, numbers});
  }
  const std::string page = to_html(run);
  BOOST_TEST(open_page(page, "").console == "");
  std::size_t images = 0;
  for (std::size_t at = 0; (at = page.find("<img alt=", at)) != std::string::npos; ++at) ++images;
  BOOST_TEST(images == 3U);
  BOOST_TEST(to_html(run, {.values = false}).find("<img alt=") == std::string::npos);
  BOOST_TEST(to_html(run.graph).find("<img alt=") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(figures_stand_below_the_graph) {
  const auto bowl = [](double x, double y) { return x * x + y * y; };
  const std::string path = contour_plot(bowl, {-1, 1}, {-1, 1}, {{0.5, 0.5}, {0.1, 0.1}});
  const std::string html = to_html(neuron(), {}, {{"a \"path\"", path}});
  BOOST_TEST(html.find("<img alt=\"a &quot;path&quot;\" src=\"data:image/svg+xml;base64,") !=
             std::string::npos);
  const std::vector<std::string> told = lived(html, R"(
    by("charts").open = true; await wait();
    const image = document.querySelector("#charts img"); tell(image.complete && image.naturalWidth > 0);)");
  BOOST_TEST(told == std::vector<std::string>{"true"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
