// SPDX-License-Identifier: MIT
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/viz/dot.hpp>
#include <nabla/viz/save.hpp>

#include "viz/graphs.hpp"
#include "viz/hostile.hpp"

namespace nabla::viz::test {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(label)

BOOST_AUTO_TEST_CASE(the_text_of_a_label_survives_layout) {
  const std::filesystem::path path = "label.svg";
  save(graph_named({{"a\\N <b> & \"c\" &amp; \\"}}), path);
  const std::string svg = contents(path);
  BOOST_TEST(svg.find("a\\N &lt;b&gt; &amp; &quot;c&quot; &amp;amp; \\") != std::string::npos);
  std::filesystem::remove(path);
}

BOOST_AUTO_TEST_CASE(labels_are_cut_to_what_a_box_holds) {
  const std::string text = to_dot(graph_named({{std::string(200000, 'x')}}));
  BOOST_TEST(text.size() < 20000u);
  BOOST_TEST(text.find("xxx\xE2\x80\xA6") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(wide_characters_get_twice_the_room) {
  const auto width = [](const std::string& name) {
    Builder build;
    build.leaf(name, 1.0);
    const std::string text = to_dot(build.finish(), {.values = false});
    const std::size_t at = text.find("width=", text.find("v0\t["));
    return std::stod(text.substr(at + 6));
  };
  const double none = width("o"), latin = width("oooo"), wide = width("\xe6\xbc\xa2\xe6\xbc\xa2");
  BOOST_TEST(latin == wide);
  BOOST_TEST(latin > none);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
