// SPDX-License-Identifier: MIT
// The HTML page as a file: what it holds, and that it needs nothing else. browser.cpp opens it.
#include "viz/page.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>

#include "columns.hpp"
#include "viz/graphs.hpp"

namespace nabla::viz::test {
namespace {

// What a shell command prints first.
std::string word_from(const std::string& command) {
  FILE* output = popen(command.c_str(), "r");
  BOOST_REQUIRE(output != nullptr);
  char word[200] = "";
  BOOST_TEST(std::fscanf(output, "%199s", word) == 1);
  pclose(output);
  return word;
}

// As a policy names it, by a program that has nothing to do with the build.
std::string policy_source(std::string_view text) {
  const std::filesystem::path path = "policy.txt";
  std::ofstream(path, std::ios::binary) << text;
  const std::string hex = word_from("sha256sum " + path.string());
  std::filesystem::remove(path);
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return "'sha256-" + detail::base64(bytes) + "'";
}

// The gradient of a small critic, and a penalty on its length.
Graph penalty() {
  const Tensor x = variable(tensor({{0.5, -1.0}}), "x");
  const Tensor W = variable(tensor({{1.0, -0.5}, {0.25, 2.0}}), "W");
  Tensor loss;
  {
    Scope scope("critic");
    loss = named(sum(tanh(matmul(x, W))), "loss");
  }
  const auto [g] = grad(loss, wrt(x), {.create_graph = true});
  return capture(loss + square(norm(named(g, "g")) - 1.0));
}

// h <- h + tanh(W h + b), each in a scope of its own.
Graph blocks(int count) {
  Random random(5);
  Tensor h = named(randn({2, 3}, random), "x");
  for (int i = 1; i <= count; ++i) {
    Scope block(fmt::format("block{}", i));
    const Tensor W = variable(randn({3, 3}, random), "W"), b = variable(zeros({3}), "b");
    h = h + tanh(matmul(h, W) + b);
  }
  return capture(mean(square(h)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(page)

BOOST_AUTO_TEST_CASE(the_shell_keeps_to_64_kib) {
  const std::string page = to_html(neuron());
  constexpr std::size_t kMost = 64 * 1024;
  BOOST_TEST(page.size() - data_of(page).size() <= kMost);
}

BOOST_AUTO_TEST_CASE(ten_thousand_nodes_with_finite_differences_keep_to_a_megabyte_and_a_half) {
  Graph graph = network({32, 44, 32, 20, 1});
  BOOST_TEST(graph.nodes.size() >= 10'000u);
  for (GraphNode& node : graph.nodes)
    node.notes.edit().difference =
        FiniteDifference{node.gradient * (1 + 1e-11), 1e-9 * std::abs(node.gradient), 0, 0, "pass"};
  BOOST_TEST(to_html(graph).size() <= 1'500'000u);
}

BOOST_AUTO_TEST_CASE(nothing_in_it_is_loaded_or_made_of_text) {
  const std::string page = to_html(network({2, 3, 1}));
  for (const char* outside :
       {"http:", "https:", "src=", "href", "url(", "@import", "import(", "fetch(", "XMLHttpRequest",
        "WebSocket", "sendBeacon", "innerHTML", "outerHTML", "insertAdjacent", "document.write",
        "eval(", "Function("})
    BOOST_TEST(page.find(outside) == std::string::npos, outside);
}

// So that those who asked for reduced motion have nothing to switch off: pictures change only when a reader
// steps, plays, drags or scrolls.
BOOST_AUTO_TEST_CASE(nothing_in_it_moves_by_itself) {
  const std::string page = to_html(network({2, 3, 1}));
  for (const char* moves : {"animat", "transition", "@keyframes", "smooth", "<marquee", "autoplay"})
    BOOST_TEST(page.find(moves) == std::string::npos, moves);
}

BOOST_AUTO_TEST_CASE(the_policy_allows_its_own_script_and_style_alone) {
  const std::string page = to_html(neuron());
  const std::string_view policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  const std::string style(between(page, "<style>", "</style>"));
  const std::string script(between(page, "<script>", "</script>"));
  BOOST_TEST(policy == "default-src 'none'; img-src data:; style-src " + policy_source(style) +
                           "; script-src " + policy_source(script) +
                           "; base-uri 'none'; form-action 'none'");
}

BOOST_AUTO_TEST_CASE(a_column_is_in_base64) {
  // RFC 4648, section 10.
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) BOOST_TEST(detail::base64(bytes) == text);
}

BOOST_AUTO_TEST_CASE(a_column_takes_as_many_bytes_as_its_greatest_number_needs) {
  detail::Columns columns;
  columns.add("a", std::vector<std::uint32_t>{1, 255});
  columns.add("b", std::vector<std::uint32_t>{1, 256});
  columns.add("c", std::vector<std::uint32_t>{1, 65536});
  columns.add("none", std::vector<std::uint32_t>{});
  BOOST_TEST(columns.object() ==
             "{\"a\":{\"type\":\"u8\",\"data\":\"Af8=\"},\n"
             "\"b\":{\"type\":\"u16\",\"data\":\"AQAAAQ==\"},\n"
             "\"c\":{\"type\":\"u32\",\"data\":\"AQAAAAAAAQA=\"},\n"
             "\"none\":{\"type\":\"u8\",\"data\":\"\"}}");
}

BOOST_AUTO_TEST_CASE(any_nan_gives_the_same_bytes) {
  detail::Columns quiet, other;
  quiet.add("x", std::vector<double>{std::numeric_limits<double>::quiet_NaN()});
  other.add("x", std::vector<double>{std::bit_cast<double>(0xFFF0'0000'0000'0001U)});
  BOOST_TEST(quiet.object() == other.object());
}

BOOST_AUTO_TEST_CASE(numbers_reach_the_page_bit_for_bit) {
  const Tape tape;
  const Value x = variable(0.1, "x"), y = variable(-3e300, "y");
  const Graph graph = capture(sin(x) * y * x);
  const Page page(to_html(graph));
  std::vector<double> values, gradients;
  for (const GraphNode& node : graph.nodes) {
    values.push_back(node.value);
    gradients.push_back(node.gradient);
  }
  BOOST_TEST(page.doubles("value") == values);
  BOOST_TEST(page.doubles("gradient") == gradients);
  BOOST_TEST(!page.has("contribution"));  // what links add are products of these
  const std::vector<double> local = page.doubles("local");
  BOOST_TEST(local.size() == graph.edges.size());
  for (std::size_t i = 0; i < local.size(); ++i)
    BOOST_TEST(gradients[graph.edges[i].to] * local[i] == graph.edges[i].contribution);
}

BOOST_AUTO_TEST_CASE(what_links_add_is_told_where_it_is_no_product) {
  Graph graph = neuron();
  BOOST_TEST(!Page(to_html(graph)).has("contribution"));
  GraphEdge& edge = graph.edges[graph.backward_order.front()];
  edge.contribution = std::nextafter(edge.contribution, 1e300);
  std::vector<double> contributions;
  for (const GraphEdge& each : graph.edges) contributions.push_back(each.contribution);
  BOOST_TEST(Page(to_html(graph)).doubles("contribution") == contributions);
  BOOST_TEST(Page(to_html(tensor_network())).has("contribution"));
}

BOOST_AUTO_TEST_CASE(links_of_the_player_stand_in_the_order_of_the_sweep) {
  const Graph graph = network({2, 3, 1});
  BOOST_TEST(Page(to_html(graph)).whole("links") == graph.backward_order);
}

BOOST_AUTO_TEST_CASE(lines_begin_and_end_at_their_boxes) {
  const Graph graphs[] = {neuron(),  network({4, 16, 16, 1}), tensor_network(), blocks(48),
                          penalty(), double_backward(),       recurrence(20),   tangle(60)};
  for (const Graph& graph : graphs) {
    const Page page(to_html(graph));
    const std::vector<float> x = page.floats("x"), y = page.floats("y"),
                             points = page.floats("points");
    const std::vector<std::uint32_t> width = page.whole("width"), from = page.whole("from"),
                                     to = page.whole("to"), count = page.whole("pointCount");
    const float half_height = 4.6F * 12 / 2;
    // One of 2 ends of a line, at the right side of a box (1) or the left one (-1).
    const auto is_at = [&](const float* end, std::uint32_t box, float side) {
      return std::abs(end[0] - x[box] - side * static_cast<float>(width[box]) / 2) < 0.01F &&
             std::abs(end[1] - y[box]) <= half_height;
    };
    std::vector<std::size_t> first{0};
    for (const std::uint32_t each : count) first.push_back(first.back() + 2 * each);
    std::size_t loose = 0, lines = 0;
    for (std::size_t link = 0; link < count.size(); ++link) {
      if (count[link] == 0) continue;
      ++lines;
      const float* const begin = &points[first[link]];
      bool begins = is_at(begin, from[link], 1);
      // Where it parts from another line of the same box.
      for (std::size_t other = 0; other < count.size() && !begins; ++other) {
        if (other == link || from[other] != from[link] || count[other] == 0) continue;
        for (std::size_t i = first[other]; i < first[other + 1] && !begins; i += 2)
          begins = points[i + 1] == begin[1] && points[i] >= begin[0];
      }
      if (!begins || !is_at(&points[first[link + 1] - 2], to[link], -1)) ++loose;
    }
    BOOST_TEST(lines > 0u);
    BOOST_TEST(loose == 0u);
  }
}

BOOST_AUTO_TEST_CASE(a_page_knows_gradients_and_what_they_are_the_gradients_of) {
  const Page page(to_html(double_backward()));
  BOOST_TEST(page.whole("adjoints") == (std::vector<std::uint32_t>{4, 2, 5, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(page.data().find("\"gradient of x\"") != std::string::npos);
  BOOST_TEST(!Page(to_html(neuron())).has("gradientOf"));
}

BOOST_AUTO_TEST_CASE(a_page_without_values_holds_no_number_of_the_graph) {
  Builder build;
  const std::uint32_t x = build.leaf("x", 0.1234567);
  build.op("sin", 0.7654321, {{x, 0.5}}, "y");
  Graph graph = build.finish();
  graph.nodes[0].notes.edit().difference = FiniteDifference{0.5, 1e-9, 0, 0, "pass"};
  BOOST_TEST(Page(to_html(graph)).has("slope"));
  const Page page(to_html(graph, {.values = false}));
  for (const char* column : {"value", "gradient", "local", "contribution", "samples", "slope"})
    BOOST_TEST(!page.has(column), column);
}

BOOST_AUTO_TEST_CASE(the_budget_says_which_scopes_are_open_at_first) {
  const Graph graph = network({2, 3, 1});
  const auto closed = [&](std::size_t most) {
    const std::vector<std::uint32_t> flags =
        Page(to_html(graph, {.view = {.max_nodes = most}})).whole("frameIsClosed");
    return std::ranges::count(flags, 1U);
  };
  BOOST_TEST(closed(0) == 0);
  BOOST_TEST(closed(20) > 0);
  const Page opened(to_html(graph, {.view = {.max_nodes = 20, .expand = {"layer1*"}}}));
  BOOST_TEST(opened.data().find("\"isAsked\":true") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(more_nodes_than_a_page_holds_are_folded_and_not_played) {
  const Page page(to_html(chain(25'000)));
  BOOST_TEST(page.data().find("\"total\":25001") != std::string::npos);
  BOOST_TEST(page.whole("links").empty());
}

BOOST_AUTO_TEST_CASE(save_writes_it) {
  const std::filesystem::path path = "neuron.HTML";
  save(neuron(), path, {.picture = {.title = "a <title> & more"}});
  std::ifstream file(path, std::ios::binary);
  const std::string page(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove(path);
  BOOST_TEST(page == to_html(neuron(), {.title = "a <title> & more"}));
  BOOST_TEST(between(page, "<title>", "</title>") == "a &lt;title&gt; &amp; more");
}

BOOST_AUTO_TEST_CASE(a_graph_that_is_not_consistent_is_refused) {
  Graph graph = neuron();
  graph.edges.front().to = 1'000;
  BOOST_CHECK_EXCEPTION((void)to_html(graph), GraphError, [](const GraphError& error) {
    return std::string(error.what()).starts_with("[html] graph is not consistent");
  });
}

BOOST_AUTO_TEST_CASE(a_root_outside_the_picture_has_no_item_but_its_name) {
  const Page page(to_html(neuron(), {.view = {.focus = "x1", .hops = 0}}));
  BOOST_TEST(page.data().find("\"root\":-1,") != std::string::npos);
  BOOST_TEST(page.data().find("\"rootName\":\"L\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(norms_of_tensors_that_are_not_finite_are_told) {
  Graph graph = tensor_network();
  Stats stats = graph.nodes[0].tensor->gradient;
  stats.nans = 1;
  graph.nodes[0].tensor.edit().gradient = stats;
  const Page page(to_html(graph));
  BOOST_TEST(std::isnan(page.doubles("gradient")[0]));
}

BOOST_AUTO_TEST_CASE(of_many_frames_some_are_shown) {
  Recording run{neuron(), {}, {}};
  const std::size_t nodes = run.graph.nodes.size();
  const std::size_t most = (std::size_t{16} << 20) / (8 * nodes);
  for (std::size_t i = 0; i < 3 * most; ++i) {
    run.frames.push_back({static_cast<std::int64_t>(i), 1.0, std::vector<float>(nodes, 1.0F),
                          std::vector<float>(nodes, 1.0F)});
  }
  const std::size_t bad = 3 * most - 5;
  for (std::size_t i = bad; i < run.frames.size(); ++i) run.frames[i].loss = std::nan("");
  const Page page(to_html(run, {.values = true}));
  const std::vector<double> steps = page.doubles("steps");
  BOOST_TEST(steps.size() <= most + 2);
  BOOST_TEST(steps.front() == 0.0);
  BOOST_TEST(steps[1] == 3.0);
  BOOST_TEST(steps.back() == static_cast<double>(3 * most - 1));
  BOOST_TEST(std::ranges::count(steps, static_cast<double>(bad)) == 1);
  BOOST_TEST(page.data().find(fmt::format("\"all\":{}", 3 * most)) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(recordings_that_are_not_consistent_have_no_page) {
  Recording run{neuron(), {}, {{0, 1.0, {1.0F}, {1.0F}}}};
  BOOST_CHECK_THROW((void)to_html(run), ShapeError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
