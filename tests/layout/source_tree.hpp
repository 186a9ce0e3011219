// SPDX-License-Identifier: MIT
// The sources of this repository as data, for tests of its layout.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nabla::test {

struct Include {
  std::size_t line = 0;
  std::string header;   // between the brackets or quotes
  bool angled = false;  // <...>
};

struct SourceFile {
  std::string path;  // relative to the root of the repository
  std::string
      layer;  // "kernels", "engine", "ops", "nn", "check", "viz", "cli", "examples", "tests"
  bool header = false;
  bool installed = false;  // a public header
  std::size_t lines = 0;
  std::string first_line;
  std::vector<Include> includes;
};

/// All .hpp and .cpp files of the tree, sorted by path.
std::vector<SourceFile> read_source_tree();

}  // namespace nabla::test
