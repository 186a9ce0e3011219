// SPDX-License-Identifier: MIT
// The programs in the documents are pieces of files that the build compiles and runs.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace nabla::test {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The fenced blocks that are marked as C++, without the fences.
std::vector<std::string> programs_in(const std::string& document) {
  const std::string opening = "```cpp\n";
  std::vector<std::string> blocks;
  for (std::size_t at = 0; (at = document.find(opening, at)) != document.npos;) {
    at += opening.size();
    const std::size_t end = document.find("```", at);
    blocks.push_back(document.substr(at, end - at));
    at = end;
  }
  return blocks;
}

std::vector<std::string> example_programs() {
  std::vector<std::string> programs;
  for (const auto& entry : fs::directory_iterator(fs::path(NABLA_SOURCE_DIR) / "tools/examples"))
    if (entry.path().extension() == ".cpp") programs.push_back(text_of(entry.path()));
  return programs;
}

bool is_part_of_one(const std::vector<std::string>& programs, const std::string& block) {
  for (const std::string& program : programs)
    if (program.find(block) != program.npos) return true;
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(readme)

BOOST_AUTO_TEST_CASE(each_program_is_part_of_a_compiled_example) {
  const auto blocks = programs_in(text_of(fs::path(NABLA_SOURCE_DIR) / "README.md"));
  const auto programs = example_programs();
  BOOST_TEST(!blocks.empty());
  for (const std::string& block : blocks) BOOST_TEST(is_part_of_one(programs, block), block);
}

BOOST_AUTO_TEST_CASE(the_op_of_the_guide_is_the_one_that_is_tested) {
  const fs::path root(NABLA_SOURCE_DIR);
  const auto blocks = programs_in(text_of(root / "CONTRIBUTING.md"));
  BOOST_TEST_REQUIRE(blocks.size() == 1u);
  BOOST_TEST(blocks[0] == text_of(root / "tests/ops/gaussian.hpp"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::test
