// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/viz/dot.hpp>
#include <nabla/viz/json.hpp>
#include <nabla/viz/plot.hpp>
#include <nabla/viz/save.hpp>

#include "support/xml.hpp"
#include "viz/graphs.hpp"

namespace nabla::viz::test {

using nabla::test::xml_defect;

namespace {

const std::vector<std::string>& hostile_names() {
  static const std::vector<std::string> names{
      "\\",
      "ends in a backslash\\",
      "two\\\\",
      "three\\\\\\",
      "\"",
      "\\\"",
      "\"]; evil [label=\"x",
      "x> ]; evil [label=<y",
      "<b>bold</b>",
      "<<TABLE>",
      "</text><script>alert(1)</script>",
      "</script><img src=x onerror=alert(1)>",
      "javascript:alert(1)",
      "]]>",
      "<!-- -->",
      "&",
      "&amp;",
      "&#x41;",
      "&#0;",
      "&nbsp;",
      "a\\Nb\\Gc\\Ld\\l\\r\\n",
      "line\nbreak\r\nand\ttab",
      std::string("nul\0byte", 8),
      "\x01\x02\x1b[31m\x7f",
      "\xff\xfe bad \xc3( \xe2\x82 utf-8",
      "\xed\xa0\x80 surrogate",
      "\xef\xbf\xbe not a character",
      "\xc0\x80 overlong",
      "\xf4\x90\x80\x80 too large",
      "\xe2\x80\xae right to left",
      "\xe2\x80\xa8 line separator",
      "\xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x98\x80 e\xcc\x81",
      "%s%n",
      "%0",
      "digraph",
      "node",
      "strict",
      "3.14",
      "-",
      "/* */ // #",
      "{a|b|<p>c}",
      " ",
      "\n",
      std::string(200000, 'x'),
      std::string(5000, '\\'),
      std::string(5000, '"'),
      std::string(5000, '&'),
      std::string(5000, '\n'),
      std::string(130, 'a') + "\\",
      std::string(130, ' ') + "\\" + std::string(130, 'b'),
  };
  return names;
}

// Bytes that mean something to one of the formats, more often than the others.
std::string random_name(std::mt19937& random) {
  static const std::string special = "\\\"<>&;'[]{}|\n\r\t\xff\xc3\xa9\xe2\x82 NGLlrn%#/*-=";
  std::string name(random() % 40, ' ');
  for (char& c : name) {
    c = random() % 4 == 0 ? static_cast<char>(random() % 256) : special[random() % special.size()];
  }
  return name;
}

// A name in every place where users' text gets into a picture.
Graph graph_named(const std::string& name) {
  Builder build;
  const std::uint32_t x = build.leaf(name, 1.0);
  build.enter(name);
  const std::uint32_t y = build.op(name, 2.0, {{x, 1.0}, {x, 1.0}}, name, name);
  build.graph.nodes[y].formula = name;
  build.graph.nodes[y].gradient_rule = name;
  build.leave();
  build.op("tanh", 3.0, {{y, 1.0}});
  return build.finish();
}

// Lines "nodes edges name", one for each graph in the file, as Graphviz' program gc counts them.
std::vector<std::string> read_back(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  FILE* output = popen(("gc -n -e " + path.string() + " 2>&1").c_str(), "r");
  BOOST_REQUIRE(output != nullptr);
  char line[400];
  while (std::fgets(line, sizeof line, output) != nullptr) lines.emplace_back(line);
  pclose(output);
  if (!lines.empty()) lines.pop_back();  // the sum over all graphs
  return lines;
}

// Writes one picture for each name into one file and expects to find all of them again.
void check_dot(const std::vector<std::string>& names) {
  const std::filesystem::path path = "names.dot";
  std::ofstream file(path, std::ios::binary);
  for (const std::string& name : names) {
    file << to_dot(graph_named(name), {.legend = false, .title = name});
  }
  file.close();
  const std::vector<std::string> lines = read_back(path);
  BOOST_TEST(lines.size() == names.size());
  for (std::size_t i = 0; i < std::min(lines.size(), names.size()); ++i) {
    std::istringstream line(lines[i]);
    int nodes = -1, edges = -1;
    line >> nodes >> edges;
    BOOST_TEST_CONTEXT("name " << i << ": " << names[i].substr(0, 60) << "; gc says " << lines[i]) {
      BOOST_REQUIRE(nodes == 3 + 3);  // boxes, and numbers in the middle of lines
      BOOST_REQUIRE(edges == 2 * 3);
    }
  }
  std::filesystem::remove(path);
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(label)

BOOST_AUTO_TEST_CASE(hostile_names_leave_the_dot_file_as_it_is) { check_dot(hostile_names()); }

BOOST_AUTO_TEST_CASE(ten_thousand_random_names_leave_the_dot_file_as_it_is) {
  constexpr unsigned kSeed = 20200718;
  BOOST_TEST_MESSAGE("seed " << kSeed);
  std::mt19937 random(kSeed);
  std::vector<std::string> names(10000);
  for (std::string& name : names) name = random_name(random);
  check_dot(names);
}

BOOST_AUTO_TEST_CASE(the_text_of_a_label_survives_layout) {
  const std::filesystem::path path = "label.svg";
  save(graph_named("a\\N <b> & \"c\" &amp; \\"), path);
  const std::string svg = contents(path);
  BOOST_TEST(svg.find("a\\N &lt;b&gt; &amp; &quot;c&quot; &amp;amp; \\") != std::string::npos);
  std::filesystem::remove(path);
}

BOOST_AUTO_TEST_CASE(hostile_names_give_well_formed_svg_without_active_content) {
  std::mt19937 random(1);
  Builder build;
  std::vector<std::pair<std::uint32_t, double>> operands;
  for (const std::string& name : hostile_names()) operands.emplace_back(build.leaf(name, 1.0), 1.0);
  for (int i = 0; i < 200; ++i) operands.emplace_back(build.leaf(random_name(random), 1.0), 1.0);
  build.op("sum", 1.0, operands);
  const std::filesystem::path path = "hostile.svg";
  save(build.finish(), path, {.picture = {.view = {.max_nodes = 0}}});
  const std::string svg = contents(path);
  BOOST_TEST(xml_defect(svg) == "");
  BOOST_TEST(svg.find("<script") == std::string::npos);
  BOOST_TEST(svg.find("<img") == std::string::npos);
  BOOST_TEST(svg.find("href=") == std::string::npos);
  std::filesystem::remove(path);
}

BOOST_AUTO_TEST_CASE(hostile_names_give_well_formed_plots) {
  for (const std::string& name : hostile_names()) {
    const std::string svg = line_plot({{name, {0.0, 1.0}, {0.0, 1.0}}},
                                      {.title = name, .x_label = name, .y_label = name});
    BOOST_TEST_CONTEXT("name " << name.substr(0, 60)) { BOOST_TEST(xml_defect(svg) == ""); }
  }
}

BOOST_AUTO_TEST_CASE(hostile_names_go_through_json) {
  for (const std::string& name : hostile_names()) {
    const std::string once = to_json(graph_named(name));
    BOOST_TEST((to_json(from_json(once)) == once));
  }
}

BOOST_AUTO_TEST_CASE(labels_are_cut_to_what_a_box_holds) {
  const std::string text = to_dot(graph_named(std::string(200000, 'x')));
  BOOST_TEST(text.size() < 20000u);
  BOOST_TEST(text.find("xxx\xE2\x80\xA6") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(wide_characters_get_twice_the_room) {
  const auto width = [](const std::string& name) {
    Builder build;
    build.leaf(name, 1.0);
    const std::string text = to_dot(build.finish(), {.values = false});
    const std::size_t at = text.find("width=", text.find("id=v0"));
    return std::stod(text.substr(at + 6));
  };
  const double none = width("o"), latin = width("oooo"), wide = width("\xe6\xbc\xa2\xe6\xbc\xa2");
  BOOST_TEST(latin == wide);
  BOOST_TEST(latin > none);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
