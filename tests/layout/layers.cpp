// SPDX-License-Identifier: MIT
// The rules of the tree that the include path alone cannot keep: an installed nabla on the include
// path would open every layer to every other.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "layout/source_tree.hpp"

namespace nabla::test {
namespace {

// What a layer may include, itself aside. <nabla/nabla.hpp> counts as nn, the top of the library.
const std::map<std::string, std::set<std::string>> kMayUse = {
    {"kernels", {}},
    {"engine", {"kernels"}},
    {"ops", {"kernels", "engine"}},
    {"nn", {"kernels", "engine", "ops"}},
    {"check", {"kernels", "engine", "ops"}},
    {"viz", {"engine"}},
    {"cli", {"kernels", "engine", "ops", "nn", "check", "viz"}},
    {"examples", {"engine", "ops", "nn", "check", "viz"}},
    {"tests", {"kernels", "engine", "ops", "nn", "check", "viz", "cli"}},
};

// Other people's libraries, by the beginning of their headers, and the layers that may use them.
const std::map<std::string, std::set<std::string>> kPlaceOf = {
    {"cgraph", {"viz"}},
    {"graphviz/", {"viz"}},
    {"boost/", {"tests"}},
    {"CLI/", {"cli", "tests"}},
    {"nlohmann/", {"nn", "viz", "cli", "tests"}},
    {"dnnl", {"kernels"}},
    {"torch/", {"tests"}},
    {"zlib", {"nn", "tests"}},
};

// The only public header that may include Boost: for users who test with it.
const std::string kBoostDoor = "tools/check/include/nabla/check/boost_test.hpp";
// The only public header that may include fmt: formatters for users who print with it.
const std::string kFmtDoor = "format.hpp";

// "engine" of "nabla/engine/tape.hpp"; "check" of "nabla/check.hpp"; empty if not of nabla.
std::string layer_of_header(const std::string& header) {
  if (!header.starts_with("nabla/")) return {};
  std::string room = header.substr(6);
  room = room.substr(0, room.find_first_of("/."));
  return room == "nabla" ? "nn" : room;
}

const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> sources = read_source_tree();
  return sources;
}

std::string place(const SourceFile& source, const Include& include) {
  return source.path + ":" + std::to_string(include.line) + " includes " + include.header;
}

template <class Rule>  // Rule(source, include) gives true where it is broken
std::vector<std::string> violations(Rule broken) {
  std::vector<std::string> found;
  for (const SourceFile& source : tree())
    for (const Include& include : source.includes)
      if (broken(source, include)) found.push_back(place(source, include));
  return found;
}

void expect_none(const std::vector<std::string>& found) {
  for (const std::string& violation : found) BOOST_ERROR(violation);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layers)

BOOST_AUTO_TEST_CASE(the_tree_was_found) {
  BOOST_TEST(tree().size() > 5u);
  for (const SourceFile& source : tree()) BOOST_TEST(!source.layer.empty(), source.path);
}

BOOST_AUTO_TEST_CASE(no_layer_includes_a_layer_above_it) {
  expect_none(violations([](const SourceFile& source, const Include& include) {
    const std::string used = layer_of_header(include.header);
    return !used.empty() && used != source.layer && !kMayUse.at(source.layer).contains(used);
  }));
}

BOOST_AUTO_TEST_CASE(every_layer_is_in_the_table_of_permissions) {
  for (const SourceFile& source : tree()) BOOST_TEST(kMayUse.contains(source.layer), source.path);
}

BOOST_AUTO_TEST_CASE(public_headers_are_included_in_angle_brackets) {
  expect_none(violations([](const SourceFile&, const Include& include) {
    return include.header.starts_with("nabla/") && !include.angled;
  }));
}

BOOST_AUTO_TEST_CASE(nothing_is_included_through_a_parent_folder) {
  expect_none(violations([](const SourceFile&, const Include& include) {
    return include.header.find("../") != std::string::npos;
  }));
}

BOOST_AUTO_TEST_CASE(public_headers_include_no_private_header) {
  expect_none(violations([](const SourceFile& source, const Include& include) {
    return source.installed && !include.angled;
  }));
}

BOOST_AUTO_TEST_CASE(other_libraries_stay_in_their_places) {
  expect_none(violations([](const SourceFile& source, const Include& include) {
    if (source.path == kBoostDoor) return false;
    for (const auto& [library, layers] : kPlaceOf)
      if (include.header.starts_with(library)) return !layers.contains(source.layer);
    return false;
  }));
}

BOOST_AUTO_TEST_CASE(public_headers_bring_in_the_standard_library_alone) {
  expect_none(violations([](const SourceFile& source, const Include& include) {
    if (!source.installed) return false;
    if (include.header.starts_with("fmt/")) return !source.path.ends_with(kFmtDoor);
    return include.header == "iostream" || include.header.starts_with("Eigen/") ||
           include.header.starts_with("nlohmann/");
  }));
}

BOOST_AUTO_TEST_CASE(each_file_begins_with_its_licence) {
  for (const SourceFile& source : tree())
    BOOST_TEST(source.first_line == "// SPDX-License-Identifier: MIT", source.path);
}

BOOST_AUTO_TEST_CASE(the_largest_files_are_listed) {
  auto by_size = tree();
  std::ranges::sort(by_size, std::ranges::greater{}, &SourceFile::lines);
  std::size_t total = 0;
  for (const SourceFile& source : by_size) total += source.lines;
  std::printf("%zu files, %zu lines; the largest:\n", by_size.size(), total);
  for (std::size_t i = 0; i < std::min<std::size_t>(by_size.size(), 12); ++i)
    std::printf("%6zu  %s\n", by_size[i].lines, by_size[i].path.c_str());
  BOOST_TEST(total > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::test
