// SPDX-License-Identifier: MIT
#include "layout/source_tree.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <utility>

namespace nabla::test {
namespace {

namespace fs = std::filesystem;

// Longest folder first where one lies inside another.
const std::vector<std::pair<std::string, std::string>> kLayerOfFolder = {
    {"engine/kernels/", "kernels"},
    {"engine/", "engine"},
    {"ops/", "ops"},
    {"nn/", "nn"},
    {"tools/check/", "check"},
    {"tools/viz/", "viz"},
    {"tools/cli/", "cli"},
    {"tools/examples/", "examples"},
    {"tests/", "tests"},
};

std::string layer_of(const std::string& path) {
  for (const auto& [folder, layer] : kLayerOfFolder)
    if (path.starts_with(folder)) return layer;
  return {};
}

SourceFile read(const fs::path& root, const fs::path& file) {
  static const std::regex include(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  SourceFile source;
  source.path = fs::relative(file, root).generic_string();
  source.layer = layer_of(source.path);
  source.header = file.extension() == ".hpp";
  source.installed = source.path.find("/include/nabla/") != std::string::npos;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (++source.lines == 1) source.first_line = line;
    std::smatch match;
    if (std::regex_search(line, match, include))
      source.includes.push_back({source.lines, match[2], match[1] == "<"});
  }
  return source;
}

}  // namespace

std::vector<SourceFile> read_source_tree() {
  const fs::path root = NABLA_SOURCE_DIR;
  std::vector<SourceFile> sources;
  for (const char* top : {"engine", "ops", "nn", "tools", "tests"}) {
    if (!fs::exists(root / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const auto extension = entry.path().extension();
      if (entry.is_regular_file() && (extension == ".hpp" || extension == ".cpp"))
        sources.push_back(read(root, entry.path()));
    }
  }
  std::ranges::sort(sources, {}, &SourceFile::path);
  return sources;
}

}  // namespace nabla::test
