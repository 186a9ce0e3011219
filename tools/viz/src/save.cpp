// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <system_error>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/explain.hpp>
#include <nabla/viz/json.hpp>
#include <nabla/viz/save.hpp>

#include "output_file.hpp"
#include "process.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using detail::OutputFile;
using detail::ProcessResult;

constexpr std::array<std::string_view, 6> kSuffixes{".dot", ".svg",  ".png",
                                                    ".pdf", ".json", ".txt"};

std::string suffix_of(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end()) return suffix;
  throw FormatError(
      fmt::format("[save] unknown format: got \"{}\", need a file name that ends in {}",
                  detail::clean_line(path.filename().string()), fmt::join(kSuffixes, " ")));
}

// The share of the pixels that goes to the width follows the expected shape of the picture; the
// product is the budget whatever that shape turns out to be.
void limit_size(const View& view, double max_pixels, DotOptions& options) {
  constexpr double kBoxWidth = 2.2, kBoxHeight = 0.9;  // inches, with the gaps
  const double columns = static_cast<double>(std::max<std::size_t>(view.ranks, 1));
  const double rows = std::ceil(static_cast<double>(view.boxes.size()) / columns) * 2.0;
  double aspect = columns * kBoxWidth / std::max(rows * kBoxHeight, 2.0);
  if (!options.left_to_right) aspect = 1.0 / aspect;
  const double area = max_pixels / (options.dots_per_inch * options.dots_per_inch);
  options.max_width_inches = std::sqrt(area * aspect);
  options.max_height_inches = area / options.max_width_inches;
}

[[noreturn]] void explain_failure(const ProcessResult& result, const SaveOptions& options) {
  const std::string program = detail::clean_line(options.dot_program);
  if (!result.started && result.start_error == ENOENT) {
    throw IoError(
        fmt::format("[save] the program \"{}\" was not found; install graphviz, or save "
                    "as .dot",
                    program));
  }
  if (!result.started) {
    throw IoError(fmt::format("[save] the program \"{}\" does not start: {}", program,
                              std::generic_category().message(result.start_error)));
  }
  if (result.timed_out) {
    throw IoError(
        fmt::format("[save] layout by \"{}\" took longer than {:g} s and was stopped; "
                    "show fewer nodes (now at most {}), allow more time, or save as .dot",
                    program, options.timeout_seconds, options.dot.view.max_nodes));
  }
  const std::string said = detail::clean_line(result.messages, 400);
  if (result.signal != 0) {
    throw IoError(
        fmt::format("[save] \"{}\" was ended by signal {}: {}", program, result.signal, said));
  }
  throw IoError(
      fmt::format("[save] \"{}\" failed with exit code {}: {}", program, result.exit_code, said));
}

void save_picture(const Graph& graph, const std::filesystem::path& path, const std::string& suffix,
                  const SaveOptions& options) {
  const View view = make_view(graph, options.dot.view);
  DotOptions dot = options.dot;
  if (suffix == ".png" && options.max_pixels > 0.0) limit_size(view, options.max_pixels, dot);
  const std::string text = to_dot(graph, view, dot);
  OutputFile file(path);
  const ProcessResult result =
      detail::run_process({options.dot_program, "-T" + suffix.substr(1)}, text, file.descriptor(),
                          options.timeout_seconds);
  const bool fine =
      result.started && !result.timed_out && result.signal == 0 && result.exit_code == 0;
  if (!fine) explain_failure(result, options);
  if (file.size_bytes() == 0) {
    throw IoError(fmt::format("[save] \"{}\" wrote nothing: {}",
                              detail::clean_line(options.dot_program),
                              detail::clean_line(result.messages, 400)));
  }
  file.commit();
}

}  // namespace

void save(const Graph& graph, const std::filesystem::path& path, const SaveOptions& options) {
  const std::string suffix = suffix_of(path);
  if (suffix == ".dot") {
    write_file(path, to_dot(graph, options.dot));
  } else if (suffix == ".json") {
    write_file(path, to_json(graph));
  } else if (suffix == ".txt") {
    write_file(path, summary(graph) + "\n" + explain(graph));
  } else {
    save_picture(graph, path, suffix, options);
  }
}

}  // namespace nabla::viz
