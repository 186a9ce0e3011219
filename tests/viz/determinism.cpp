// SPDX-License-Identifier: MIT
// The same computation gives the same bytes: in every run, with any number of threads, with any fonts.
// tests/cli does the same with one process after another, which lie at other addresses.
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>

#include "support/threads.hpp"
#include "viz/graphs.hpp"

namespace nabla::viz::test {
namespace {

// What every writer makes of it.
std::vector<std::string> all_texts(const Graph& graph) {
  std::vector<std::string> texts{to_json(graph), explain(graph), explain(graph, {.markdown = true}),
                                 summary(graph), to_html(graph)};
  for (const ColorBy color : {ColorBy::gradient, ColorBy::value, ColorBy::op, ColorBy::bytes}) {
    PictureOptions options{.color = color, .labels = Labels::full, .title = "the same"};
    texts.push_back(to_dot(graph, options));
    texts.push_back(to_svg(graph, options));
    options.view.max_nodes = 30;
    texts.push_back(to_dot(graph, options));
    texts.push_back(to_svg(graph, options));
  }
  return texts;
}

// Recorded anew each time, large enough that kernels share the work.
Graph of_tensors() {
  Random random(5);
  const Tensor x = randn({200, 300}, random, float64);
  const Tensor w = variable(randn({300, 150}, random, float64), "w");
  const Tensor c = variable(zeros({150}, float64), "c");
  Tensor h;
  {
    const Scope scope("dense");
    h = tanh(matmul(x, w) + c);
  }
  return capture((h * h).mean());
}

Graph of_values() {
  const Tape tape;
  Random random(7);
  const nn::Mlp net({3, 8, 8, 1}, {}, random);
  const std::vector<Value> x{0.5, -1.0, 2.0};
  return capture(square(net(x)[0] - 1.0));
}

std::string drawn(const Graph& graph, const std::filesystem::path& path,
                  const SaveOptions& options = {}) {
  save(graph, path, options);
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  std::filesystem::remove(path);
  return text.str();
}

// The picture that Graphviz makes with the fonts of this configuration.
std::string drawn_with_fonts(const Graph& graph, const std::filesystem::path& configuration) {
  const char* variable = std::getenv("FONTCONFIG_FILE");
  const std::string former = variable == nullptr ? "" : variable;
  setenv("FONTCONFIG_FILE", std::filesystem::absolute(configuration).c_str(), 1);
  const std::string title = "a <title> that is far longer than\nmost of the pictures are wide";
  std::string picture =
      drawn(graph, "fonts.svg", {.picture = {.title = title}, .engine = Engine::dot});
  if (former.empty())
    unsetenv("FONTCONFIG_FILE");
  else
    setenv("FONTCONFIG_FILE", former.c_str(), 1);
  return picture;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(determinism)

BOOST_AUTO_TEST_CASE(twenty_runs_give_the_same_bytes) {
  const std::array<Graph (*)(), 3> computations{of_tensors, of_values, [] {
                                                  return network({4, 16, 16, 1});
                                                }};
  for (const auto computation : computations) {
    const std::vector<std::string> first = all_texts(computation());
    for (int run = 1; run < 20; ++run) BOOST_TEST((all_texts(computation()) == first));
  }
}

BOOST_AUTO_TEST_CASE(any_number_of_threads_in_kernels_gives_the_same_bytes) {
  const std::vector<std::string> first = all_texts(of_tensors());
  nabla::test::for_each_thread_count([&](int) { BOOST_TEST((all_texts(of_tensors()) == first)); });
}

BOOST_AUTO_TEST_CASE(threads_that_write_at_once_write_the_same_bytes) {
  const std::vector<std::string> first = all_texts(of_values());
  std::array<std::vector<std::string>, 2> texts;
  std::vector<std::thread> threads;
  for (std::vector<std::string>& mine : texts)
    threads.emplace_back([&mine] { mine = all_texts(of_values()); });
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<std::string>& each : texts) BOOST_TEST((each == first));
}

BOOST_AUTO_TEST_CASE(a_pdf_does_not_tell_when_it_was_made) {
  const std::string first = drawn(of_values(), "first.pdf");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // such a date counts seconds
  BOOST_TEST((drawn(of_values(), "second.pdf") == first));
  BOOST_TEST(first.find("%PDF") == 0u);
}

BOOST_AUTO_TEST_CASE(any_fonts_give_the_same_picture) {
  const std::filesystem::path none = "no_fonts.conf", usual = "usual_fonts.conf";
  std::ofstream(none) << "<?xml version=\"1.0\"?><fontconfig></fontconfig>\n";
  std::ofstream(usual) << "<?xml version=\"1.0\"?><fontconfig><dir>/usr/share/fonts</dir>"
                          "<cachedir prefix=\"xdg\">fontconfig</cachedir></fontconfig>\n";
  Builder titled;
  titled.enter("a frame whose name is longer than what is in it");
  const std::uint32_t x = titled.leaf("x", 1.0);
  titled.leave();
  titled.op("log", std::nan(""), {{x, 2.0}});  // which the heading tells
  for (const Graph& graph :
       {neuron(), network({3, 4, 1}), tensor_network(), chain(4), titled.finish()}) {
    const std::string with = drawn_with_fonts(graph, usual);
    BOOST_TEST(with.find("</svg>") != std::string::npos);
    BOOST_TEST((with == drawn_with_fonts(graph, none)));
  }
  std::filesystem::remove(none);
  std::filesystem::remove(usual);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
